/* run_report.h - what a run says about itself, in the file that POKERD_REPORT_FILE names. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_REPORT_H
#define POKERD_RUN_RUN_REPORT_H

#include "common/error.h"
#include "pokerd/run/spawn_identity.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RUN_REPORT_BYTES_MAX = 65536,
	RUN_REPORT_EXCEPTION_BYTES_MAX = 1024, /* a longer one is cut between two characters */
};

/* Zeroed: the run has said nothing. */
struct run_report {
	bool is_given;
	int64_t updated, total; /* resources */
	char *exception;        /* readable; NULL: none. Owned (run_report_finish) */
};

void run_report_finish(struct run_report *report);

/* Creates the empty file, mode 0600, owned by the run's user. */
bool run_report_create(const char *path, const struct spawn_identity *identity, struct error *err);

/* Reads the file when the run has ended; an empty one is a zeroed report. Fails with out zeroed if it is malformed, too
   large, or not a regular file. */
bool run_report_read(const char *path, struct run_report *out, struct error *err);

/* {"updated":<n>,"total":<n>,"exception":<text or null>}, and back: other members are ignored. A zeroed report is null.
   The caller calls json_decref. ERROR_INVALID, out untouched. */
json_t *run_report_json(const struct run_report *report);
bool run_report_from_json(const json_t *json, struct run_report *out, struct error *err);

#endif
