/* SPDX-License-Identifier: Apache-2.0 */
#include "common/exposition.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct histogram_bounds bounds = { .list = { 500, 1000, 2000000 }, .count = 3, .per_unit = 1000000 };

/* One of everything. */
static char *tell(enum exposition_form form)
{
	static const struct metric_family build = { "d_build", METRIC_INFO, NULL, "Which program this is." };
	static const struct metric_family requests = { "d_requests", METRIC_COUNTER, NULL, "Those \"answered\"\\\n." };
	static const struct metric_family resident = { "process_resident_bytes", METRIC_GAUGE, "bytes", "Memory." };
	static const struct metric_family took = { "d_took_seconds", METRIC_HISTOGRAM, "seconds", "How long." };
	const struct metric_label version[] = { { "version", "1" }, { NULL, NULL } };
	const struct metric_label labels[] = { { "route", "/a\"\\\n" }, { "status", "200" }, { NULL, NULL } };
	struct exposition *exposition = exposition_create(form, "d_");
	struct histogram histogram = { .bounds = &bounds };
	size_t size;

	exposition_family(exposition, &build);
	exposition_value(exposition, version, 1);
	exposition_family(exposition, &requests);
	exposition_value(exposition, labels, 4294967297);
	exposition_family(exposition, &resident);
	exposition_value(exposition, NULL, 0.5);
	exposition_family(exposition, &took);
	histogram_add(&histogram, 500);
	histogram_add(&histogram, 501);
	histogram_add(&histogram, 2000001);
	exposition_histogram(exposition, version, &histogram);
	char *bytes = exposition_finish(exposition, &size);
	assert_int_equal(strlen(bytes), size);
	return bytes;
}

static void as_text_it_is_open_metrics(void **state)
{
	char *text = tell(EXPOSITION_TEXT);

	(void)state;
	assert_string_equal(text, "# TYPE d_build info\n"
	                          "# HELP d_build Which program this is.\n"
	                          "d_build_info{version=\"1\"} 1\n"
	                          "# TYPE d_requests counter\n"
	                          "# HELP d_requests Those \\\"answered\\\"\\\\\\n.\n"
	                          "d_requests_total{route=\"/a\\\"\\\\\\n\",status=\"200\"} 4294967297\n"
	                          "# TYPE process_resident_bytes gauge\n"
	                          "# UNIT process_resident_bytes bytes\n"
	                          "# HELP process_resident_bytes Memory.\n"
	                          "process_resident_bytes 0.5\n"
	                          "# TYPE d_took_seconds histogram\n"
	                          "# UNIT d_took_seconds seconds\n"
	                          "# HELP d_took_seconds How long.\n"
	                          "d_took_seconds_bucket{version=\"1\",le=\"0.0005\"} 1\n"
	                          "d_took_seconds_bucket{version=\"1\",le=\"0.001\"} 2\n"
	                          "d_took_seconds_bucket{version=\"1\",le=\"2.0\"} 2\n"
	                          "d_took_seconds_bucket{version=\"1\",le=\"+Inf\"} 3\n"
	                          "d_took_seconds_count{version=\"1\"} 3\n"
	                          "d_took_seconds_sum{version=\"1\"} 2.001002\n"
	                          "# EOF\n");
	free(text);
}

static void as_json_it_is_one_object_with_the_same_values(void **state)
{
	char *text = tell(EXPOSITION_JSON);

	(void)state;
	assert_string_equal(text,
	    "{\"build\":{\"version\":\"1\"},"
	    "\"requests\":[{\"route\":\"/a\\\"\\\\\\n\",\"status\":\"200\",\"value\":4294967297}],"
	    "\"process_resident_bytes\":0.5,"
	    "\"took_seconds\":[{\"version\":\"1\",\"count\":3,\"sum\":2.001002,"
	    "\"buckets\":[{\"le\":0.0005,\"count\":1},{\"le\":0.001,\"count\":2},{\"le\":2,\"count\":2}]}]}");
	free(text);
}

static void the_common_bounds_grow(void **state)
{
	const struct histogram_bounds *const all[] = { &histogram_durations_us, &histogram_sizes };

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t k = 1; k < all[i]->count; k++)
			assert_true(all[i]->list[k - 1] < all[i]->list[k]);
}

static void an_empty_histogram_counts_nothing(void **state)
{
	const struct histogram histogram = { .bounds = &histogram_sizes };

	(void)state;
	assert_int_equal(histogram_count(&histogram), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_text_it_is_open_metrics),
		cmocka_unit_test(as_json_it_is_one_object_with_the_same_values),
		cmocka_unit_test(the_common_bounds_grow),
		cmocka_unit_test(an_empty_histogram_counts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
