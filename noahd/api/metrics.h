/* metrics.h - counters of what the API has done since the start. */
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

/* The answer's label is the request's struct route; NULL: none matched. */
void metrics_count_answer(struct metrics *metrics, const struct http_answered *answered);

/* Counts a commit of so many changes and its duration. */
void metrics_count_commit(struct metrics *metrics, size_t changes, int64_t commit_us);

/* Adds the families of requests, their durations, and commits. */
void metrics_tell(const struct metrics *metrics, struct exposition *exposition);

#endif
