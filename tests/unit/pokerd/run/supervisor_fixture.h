/* supervisor_fixture.h - runs of shell scripts in a folder of their own, for the tests of the supervisor. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_POKERD_RUN_SUPERVISOR_FIXTURE_H
#define TESTS_UNIT_POKERD_RUN_SUPERVISOR_FIXTURE_H

#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_record.h"
#include "pokerd/run/supervisor.h"

#include <stdbool.h>
#include <sys/types.h>

enum { DEADLINE_MS = 20000, SECOND = 1000 };

extern struct supervisor_fixture {
	char run_id[RUN_ID_BYTES]; /* of the last request */
	const char *boot;          /* under which it is said to have been started */
	struct spawn_identity *identity;
	struct run_pokes pokes;
	char *runs; /* the folder */
} fixture;

/* Of a group of tests; of each test. */
int fixture_open(void **state);
int fixture_close(void **state);
int fixture_forget_pokes(void **state);

/* Gives fixture.run_id another value. */
void fixture_name_run(void);
/* A request for a shell script. */
struct run_request fixture_request(const char *script);
struct supervisor fixture_start(const struct run_request *request);
void fixture_wait(int fd);
enum supervisor_found fixture_find(struct supervisor *out);
struct run_record fixture_read_record(void);
/* Starts, waits for the end, and reads the record. */
struct run_record fixture_run(const struct run_request *request);
char *fixture_read_file(const char *name);

/* The first line of the output, once it is there. */
pid_t fixture_written_pid(void);
/* Soon. */
bool fixture_is_gone(pid_t pid);

#endif
