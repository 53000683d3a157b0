/* SPDX-License-Identifier: Apache-2.0 */
#include "common/exposition.h"

#include "common/memory.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 32, NUMBER_DIGITS = 15 /* enough to write 0.001 as such */ };

struct exposition {
	enum exposition_form form;
	const char *prefix;
	char *name; /* of the current family */
	enum metric_type type;
	/* as text */
	FILE *text;
	char *bytes;
	size_t size;
	/* as JSON */
	json_t *json;
};

struct exposition *exposition_create(enum exposition_form form, const char *prefix)
{
	struct exposition *exposition = memory_zeroed(1, sizeof(*exposition));

	exposition->form = form;
	exposition->prefix = prefix;
	if (form == EXPOSITION_JSON)
		exposition->json = json_object();
	else
		exposition->text = open_memstream(&exposition->bytes, &exposition->size);
	if (!exposition->json && !exposition->text)
		abort();
	return exposition;
}

/* ---- numbers ---- */

static bool is_whole(double value)
{
	static const double gapless = 9007199254740992.0; /* 2^53: every whole number up to it is a double */

	return value >= -gapless && value <= gapless && (double)(int64_t)value == value;
}

static json_t *number_json(double value)
{
	return is_whole(value) ? json_integer((json_int_t)value) : json_real(value);
}

static double in_units(int64_t value, const struct histogram_bounds *bounds)
{
	return (double)value / (double)bounds->per_unit;
}

/* ---- text (OpenMetrics 1.0.0, 4: the ABNF) ---- */

/* Escapes a label's value or a help text; both may have their quotes escaped. */
static void exposition_write_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', out);
		if (*text == '\n')
			fputs("\\n", out);
		else
			fputc(*text, out);
	}
}

/* le: NULL: none. */
static void write_sample(const struct exposition *exposition, const char *ending, const struct metric_label *labels,
    const char *le, double value)
{
	char number[NUMBER_BYTES];
	char separator = '{';

	fprintf(exposition->text, "%s%s", exposition->name, ending);
	for (; labels && labels->name; labels++, separator = ',') {
		fprintf(exposition->text, "%c%s=\"", separator, labels->name);
		exposition_write_escaped(exposition->text, labels->value);
		fputc('"', exposition->text);
	}
	if (le) {
		fprintf(exposition->text, "%cle=\"%s\"", separator, le);
		separator = ',';
	}
	if (is_whole(value))
		snprintf(number, sizeof(number), "%.0f", value);
	else
		snprintf(number, sizeof(number), "%.*g", NUMBER_DIGITS, value);
	fprintf(exposition->text, "%s %s\n", separator == ',' ? "}" : "", number);
}

static void write_histogram(const struct exposition *exposition, const struct metric_label *labels,
    const struct histogram *histogram)
{
	const struct histogram_bounds *bounds = histogram->bounds;
	uint64_t count = 0;
	char le[NUMBER_BYTES];

	for (size_t i = 0; i < bounds->count; i++) {
		double bound = in_units(bounds->list[i], bounds);
		snprintf(le, sizeof(le), is_whole(bound) ? "%.1f" : "%.10g", bound);
		write_sample(exposition, "_bucket", labels, le, (double)(count += histogram->counts[i]));
	}
	count += histogram->counts[bounds->count];
	write_sample(exposition, "_bucket", labels, "+Inf", (double)count);
	write_sample(exposition, "_count", labels, NULL, (double)count);
	write_sample(exposition, "_sum", labels, NULL, in_units(histogram->sum, bounds));
}

/* ---- JSON ---- */

static const char *member_name(const struct exposition *exposition)
{
	size_t size = strlen(exposition->prefix);

	return strncmp(exposition->name, exposition->prefix, size) ? exposition->name : exposition->name + size;
}

static json_t *labels_json(const struct metric_label *labels)
{
	json_t *json = json_object();

	for (; labels && labels->name; labels++)
		json_object_set_new(json, labels->name, json_string(labels->value));
	return json;
}

/* Adds the value under the family's name: alone if it has no labels, else as an element of an array. Takes members. */
static void add_member(const struct exposition *exposition, const struct metric_label *labels, json_t *take_value)
{
	const char *name = member_name(exposition);
	json_t *list = json_object_get(exposition->json, name), *item;

	if (!labels || !labels->name) {
		json_object_set_new(exposition->json, name, take_value);
		return;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(exposition->json, name, list);
	}
	item = labels_json(labels);
	if (json_is_object(take_value)) {
		json_object_update(item, take_value);
		json_decref(take_value);
	} else {
		json_object_set_new(item, "value", take_value);
	}
	json_array_append_new(list, item);
}

static json_t *histogram_json(const struct histogram *histogram)
{
	const struct histogram_bounds *bounds = histogram->bounds;
	json_t *buckets = json_array();
	json_int_t count = 0;

	for (size_t i = 0; i < bounds->count; i++) {
		count += (json_int_t)histogram->counts[i];
		json_array_append_new(buckets,
		    json_pack("{s:o, s:I}", "le", number_json(in_units(bounds->list[i], bounds)), "count", count));
	}
	return json_pack("{s:I, s:o, s:o}", "count", (json_int_t)histogram_count(histogram), "sum",
	    number_json(in_units(histogram->sum, bounds)), "buckets", buckets);
}

/* ---- both ---- */

void exposition_family(struct exposition *exposition, const struct metric_family *family)
{
	static const char *const types[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
		[METRIC_INFO] = "info",
	};

	free(exposition->name);
	exposition->name = memory_text(family->name);
	exposition->type = family->type;
	if (!exposition->text)
		return;
	fprintf(exposition->text, "# TYPE %s %s\n", family->name, types[family->type]);
	if (family->unit)
		fprintf(exposition->text, "# UNIT %s %s\n", family->name, family->unit);
	fprintf(exposition->text, "# HELP %s ", family->name);
	exposition_write_escaped(exposition->text, family->help);
	fputc('\n', exposition->text);
}

void exposition_value(struct exposition *exposition, const struct metric_label *labels, double value)
{
	static const char *const endings[] = {
		[METRIC_COUNTER] = "_total",
		[METRIC_GAUGE] = "",
		[METRIC_INFO] = "_info",
	};

	if (exposition->text)
		write_sample(exposition, endings[exposition->type], labels, NULL, value);
	else if (exposition->type == METRIC_INFO)
		json_object_set_new(exposition->json, member_name(exposition), labels_json(labels));
	else
		add_member(exposition, labels, number_json(value));
}

void exposition_histogram(struct exposition *exposition, const struct metric_label *labels,
    const struct histogram *histogram)
{
	if (exposition->text)
		write_histogram(exposition, labels, histogram);
	else
		add_member(exposition, labels, histogram_json(histogram));
}

char *exposition_finish(struct exposition *exposition, size_t *out_size)
{
	if (exposition->text) {
		fputs("# EOF\n", exposition->text);
		if (fclose(exposition->text))
			abort();
	} else {
		exposition->bytes = json_dumps(exposition->json, JSON_COMPACT | JSON_REAL_PRECISION(NUMBER_DIGITS));
		if (!exposition->bytes)
			abort();
		exposition->size = strlen(exposition->bytes);
		json_decref(exposition->json);
	}
	char *bytes = exposition->bytes;
	*out_size = exposition->size;
	free(exposition->name);
	free(exposition);
	return bytes;
}
