/* signals.h - signals as events of a loop. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SIGNALS_H
#define COMMON_SIGNALS_H

#include "common/error.h"
#include "common/event_loop.h"

#include <stdbool.h>
#include <stddef.h>

/* A row of a program's table of signals. */
struct signal_action {
	int number;
	void (*arrived)(void *context); /* on the loop's thread */
};

/* Called first in main, before there is another thread: threads inherit the blocked signals. SIGPIPE and SIGXFSZ are
   ignored from here on; writers get EPIPE and EFBIG instead. A child unblocks the signals before it executes another
   program. */
void signals_block(const struct signal_action *table, size_t rows);

struct signals;

/* Calls the function in the row of each signal that arrives; several pending ones of one number count once. The table
   is borrowed until signals_stop. */
struct signals *signals_start(struct event_loop *loop, const struct signal_action *table, size_t rows, void *context,
    struct error *err);
/* The signals stay blocked. NULL is fine. */
void signals_stop(struct signals *signals);

#endif
