/* exposition.h - metrics of a running daemon, as OpenMetrics text or as JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_EXPOSITION_H
#define COMMON_EXPOSITION_H

#include "common/histogram.h"

#include <stddef.h>

/* The text follows OpenMetrics 1.0.0. The JSON is one object with a member for each family, named without the prefix:
   the value itself if it has no labels, else an array of objects with the labels and "value". A histogram's value is
   {"count","sum","buckets":[{"le", "count"}]}, whose buckets count all values up to and including "le". */
#define EXPOSITION_TEXT_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum exposition_form { EXPOSITION_TEXT, EXPOSITION_JSON };

enum metric_type {
	METRIC_COUNTER,   /* only grows; its samples end in _total */
	METRIC_GAUGE,     /* goes up and down */
	METRIC_HISTOGRAM, /* exposition_histogram */
	METRIC_INFO,      /* everything is in its labels; its sample has the value 1 and ends in _info */
};

struct metric_family {
	const char *name; /* with its unit, without the sample's suffix */
	enum metric_type type;
	const char *unit; /* "seconds", "bytes"; NULL: none */
	const char *help;
};

struct metric_label {
	const char *name, *value;
};

struct exposition;

/* prefix: of the daemon's own families ("noahd_"), left out in JSON. Borrowed. */
struct exposition *exposition_create(enum exposition_form form, const char *prefix);

/* Begins a family, each once; its samples follow. Everything is copied. */
void exposition_family(struct exposition *exposition, const struct metric_family *family);
/* labels end with a name of NULL; NULL: none. */
void exposition_value(struct exposition *exposition, const struct metric_label *labels, double value);
void exposition_histogram(struct exposition *exposition, const struct metric_label *labels,
    const struct histogram *histogram);

/* The whole text, free() it; frees the exposition. */
char *exposition_finish(struct exposition *exposition, size_t *out_size);

#endif
