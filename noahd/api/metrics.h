/* metrics.h - what the API has done since it was started, counted. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_METRICS_H
#define NOAHD_API_METRICS_H

#include "common/exposition.h"
#include "common/http_server.h"

#include <stddef.h>
#include <stdint.h>

/* The API thread's. Its size depends on the route table alone. */
struct metrics;
struct route_table;

struct metrics *metrics_create(const struct route_table *routes);
void metrics_destroy(struct metrics *metrics);

/* The answer's label is the struct route that took the request; NULL: none did. */
void metrics_count_answer(struct metrics *metrics, const struct http_answered *answered);

/* A batch of so many changes took the store so long. */
void metrics_count_commit(struct metrics *metrics, size_t changes, int64_t commit_us);

/* The families of both: requests and their durations, the store's batches. */
void metrics_tell(const struct metrics *metrics, struct exposition *exposition);

#endif
