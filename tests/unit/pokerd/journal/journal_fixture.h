/* journal_fixture.h - a journal in a scratch folder, for the tests of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_POKERD_JOURNAL_FIXTURE_H
#define TESTS_UNIT_POKERD_JOURNAL_FIXTURE_H

#include "pokerd/journal/journal.h"

#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { HOUR = 3600000, NOW = 1000000000 };

extern struct journal_damage damage;   /* what the last open_journal found */
extern char lost[64];                  /* the ids that were reported as lost, each with a space behind it */
extern const char *boot;               /* the boot id that open_journal passes */
extern int64_t monotonic_ms;           /* what the journal's clock shows */
extern struct run_queue_starts starts; /* what start_run passes */

/* Of each test; *state is the journal. */
int journal_fixture_create(void **state);
int journal_fixture_destroy(void **state);

int64_t read_clock(void);
struct journal *open_journal(void);
/* What a crash does: nothing more is written to the file. */
void reopen(struct journal **journal);

void accept_body(struct journal *journal, const char *id, const char *body, size_t body_size);
void accept_poke(struct journal *journal, const char *id);
/* Of one poke, or two. */
void start_run(struct journal *journal, const char *run_id, const char *first, const char *second);
/* Accepts and ends so many long ones. */
void accept_many(struct journal *journal, int from, int count);

const char *state_of(struct journal *journal, const char *id);
/* For the calls of each poke: context is a text. */
void append_id(void *context, const struct poke *poke);
/* The ids of all pending pokes, each with a space behind it. */
const char *waiting(struct journal *journal);

off_t file_size(void);
/* Of every file that is written. */
void limit_file_size(rlim_t bytes);
/* Changes those bits of that byte of the file. */
void flip(off_t at, char bits);

#endif
