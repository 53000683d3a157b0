/* fault_fixture.h - orders to tests/support/fault.c, which a test compiles in, and processes that may end by them. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_STORE_FAULT_FIXTURE_H
#define TESTS_UNIT_NOAHD_STORE_FAULT_FIXTURE_H

#include "store_fixture.h"

#include <stdbool.h>

/* After fixture_up and before fixture_down of the store whose files the faults are for. */
void fault_up(const struct fixture *fixture);
void fault_down(void);

/* "write every ENOSPC" and the like, for the files whose name begins so ("noah": all). Replaces the order before. */
void fault_order(const char *what, const char *prefix);
void fault_clear(void);

/* Runs work in a process of its own, which ends when work returns, without closing anything. Returns whether a fault
   has killed it before; fails the test where work returns false. */
bool fault_kills(bool (*work)(void *context), void *context);

#endif
