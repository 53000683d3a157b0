/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/metrics.h"

#include "common/memory.h"
#include "noahd/api/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last of each list stands for all others. */
static const char *const methods[] = { "GET", "HEAD", "PUT", "POST", "DELETE", "other" };
static const unsigned statuses[] = { 200, 201, 202, 204, 206, 304, 400, 401, 403, 404, 405, 406, 408, 409, 411, 412,
	413, 414, 415, 417, 421, 428, 429, 431, 500, 501, 502, 503, 504, 505, 507, 0 };
enum {
	METHODS = sizeof(methods) / sizeof(*methods),
	STATUSES = sizeof(statuses) / sizeof(*statuses),
	STATUS_BYTES = 8
};

/* Of one row of the route table. */
struct row {
	uint64_t requests[METHODS][STATUSES];
};

struct metrics {
	struct histogram durations[METHODS];
	struct histogram commits, batches;
	const struct route_table *routes;
	struct row rows[]; /* by route; the last is for requests that none has taken */
};

struct metrics *metrics_create(const struct route_table *routes)
{
	struct metrics *metrics = memory_zeroed(1, sizeof(*metrics) + (routes->count + 1) * sizeof(*metrics->rows));

	for (size_t i = 0; i < METHODS; i++)
		metrics->durations[i].bounds = &histogram_durations_us;
	metrics->routes = routes;
	metrics->commits.bounds = &histogram_durations_us;
	metrics->batches.bounds = &histogram_sizes;
	return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
	free(metrics);
}

void metrics_count_answer(struct metrics *metrics, const struct http_answered *answered)
{
	const struct route *row = answered->label;
	size_t route = row ? (size_t)(row - metrics->routes->rows) : metrics->routes->count;
	size_t method = 0, status = 0;

	while (method < METHODS - 1 && strcmp(methods[method], answered->method) != 0)
		method++;
	while (status < STATUSES - 1 && statuses[status] != answered->status)
		status++;
	metrics->rows[route].requests[method][status]++;
	if (answered->took_us >= 0)
		histogram_add(&metrics->durations[method], answered->took_us);
}

void metrics_count_commit(struct metrics *metrics, size_t changes, int64_t commit_us)
{
	histogram_add(&metrics->commits, commit_us);
	histogram_add(&metrics->batches, (int64_t)changes);
}

/* ---- exposition ---- */

static void tell_row(const struct row *row, const char *route, struct exposition *exposition)
{
	char status[STATUS_BYTES];

	for (size_t i = 0; i < METHODS; i++) {
		for (size_t k = 0; k < STATUSES; k++) {
			const struct metric_label labels[] = { { "route", route }, { "method", methods[i] }, { "status", status },
				{ NULL, NULL } };
			/* The last one stands for all that have no place of their own. */
			snprintf(status, sizeof(status), k < STATUSES - 1 ? "%u" : "other", statuses[k]);
			if (row->requests[i][k])
				exposition_value(exposition, labels, (double)row->requests[i][k]);
		}
	}
}

static void tell_requests(const struct metrics *metrics, struct exposition *exposition)
{
	static const struct metric_family family = { "noahd_requests", METRIC_COUNTER, NULL,
		"Requests answered, by route (none: no route matched)." };

	exposition_family(exposition, &family);
	for (size_t i = 0; i < metrics->routes->count; i++)
		tell_row(&metrics->rows[i], metrics->routes->rows[i].pattern, exposition);
	tell_row(&metrics->rows[metrics->routes->count], "none", exposition);
}

static void tell_durations(const struct metrics *metrics, struct exposition *exposition)
{
	static const struct metric_family family = { "noahd_request_duration_seconds", METRIC_HISTOGRAM, "seconds",
		"Time from the last byte of a request to its answer; for writes including the sync of the disk, for waiting "
		"reads including the wait." };

	exposition_family(exposition, &family);
	for (size_t i = 0; i < METHODS; i++) {
		const struct metric_label labels[] = { { "method", methods[i] }, { NULL, NULL } };
		if (histogram_count(&metrics->durations[i]))
			exposition_histogram(exposition, labels, &metrics->durations[i]);
	}
}

void metrics_tell(const struct metrics *metrics, struct exposition *exposition)
{
	static const struct metric_family commits = { "noahd_store_commit_duration_seconds", METRIC_HISTOGRAM, "seconds",
		"Time the store took for a batch of changes, including the sync of the disk." };
	static const struct metric_family batches = { "noahd_store_batch_changes", METRIC_HISTOGRAM, NULL,
		"Number of changes in a batch." };

	tell_requests(metrics, exposition);
	tell_durations(metrics, exposition);
	exposition_family(exposition, &commits);
	exposition_histogram(exposition, NULL, &metrics->commits);
	exposition_family(exposition, &batches);
	exposition_histogram(exposition, NULL, &metrics->batches);
}
