/* print_run.h - the record of a run, printed for people. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_COMMANDS_PRINT_RUN_H
#define POKERD_COMMANDS_PRINT_RUN_H

#include <jansson.h>

/* A table of records (run_record.h), a line for each, after indent spaces; when, how long, the result, and what the
   newest poke was about. */
void print_runs(const json_t *records, int indent);

/* All about one run, on several lines. */
void print_run(const json_t *record);

/* "update of /hosts/web1, event e-7 (msg_1)": the id is that of the poke that delivered the event. A line. */
void print_poke(const json_t *poke);

#endif
