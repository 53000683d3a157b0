/* SPDX-License-Identifier: Apache-2.0 */
#include "fault_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct fixture *faulty;
static char *orders; /* the path of the file that fault.c reads */

void fault_up(const struct fixture *fixture)
{
	faulty = fixture;
	orders = fixture_path(fixture, "fault");
	assert_int_equal(setenv("NOAH_FAULT", orders, 1), 0);
}

void fault_down(void)
{
	(void)unlink(orders);
	assert_int_equal(unsetenv("NOAH_FAULT"), 0);
	free(orders);
}

static void write_order(const char *what, const char *prefix)
{
	FILE *file = fopen(orders, "we");

	assert_non_null(file);
	if (what)
		fprintf(file, "%s %s/%s\n", what, faulty->directory, prefix);
	assert_int_equal(fclose(file), 0);
}

void fault_order(const char *what, const char *prefix)
{
	write_order(what, prefix);
}

void fault_clear(void)
{
	write_order(NULL, "");
}

bool fault_kills(bool (*work)(void *context), void *context)
{
	pid_t child = fork();
	int status;

	if (child == 0)
		_exit(work(context) ? 0 : 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status);
}
