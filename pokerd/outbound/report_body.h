/* report_body.h - the result of a run as noahd stores it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_OUTBOUND_REPORT_BODY_H
#define POKERD_OUTBOUND_REPORT_BODY_H

#include "pokerd/run/run_record.h"

enum {
	REPORT_BODY_BYTES_MAX = 512, /* noahd's default limit for an ephemeral */
	REPORT_BODY_CAUSES_MAX = 4,
};

/* {"run","result","exit","duration_ms","updated","total","causes_count","causes","exception"}, at most
   REPORT_BODY_BYTES_MAX bytes whatever the record holds. "causes" are the newest events, the newest first, and as many
   as leave room; "causes_count" is the number of the run's pokes. "exit" is null if the command did not exit,
   "updated" and "total" if it did not say. The exception is cut between two characters, and ends with "…" then. The
   caller frees it. */
char *report_body_text(const struct run_record *record);

#endif
