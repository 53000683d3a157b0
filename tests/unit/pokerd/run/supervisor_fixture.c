/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/run/supervisor_fixture.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "tests/unit/scratch.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct supervisor_fixture fixture = { .boot = "" };

static bool body_of(void *context, const char *id, char **out, size_t *out_size)
{
	(void)context;
	if (!strcmp(id, "unreadable"))
		return false;
	*out = memory_format("{\"id\":\"%s\"}", id);
	*out_size = strlen(*out);
	return true;
}

static void forget_nothing(void *context)
{
	(void)context;
}

void fixture_name_run(void)
{
	static unsigned number;

	run_id_make(clock_wall_ms(), number++, fixture.run_id);
}

struct run_request fixture_request(const char *script)
{
	static char *argv[4] = { "/bin/sh", "-c" };

	argv[2] = (char *)script;
	fixture_name_run();
	return (struct run_request){
		.runs_directory = fixture.runs,
		.run_id = fixture.run_id,
		.rule = "/",
		.argv = argv,
		.identity = fixture.identity,
		.pokes = &fixture.pokes,
		.body = body_of,
		.forget = forget_nothing,
		.queued_ms = 4711,
		.time_limit_ms = 60 * SECOND,
		.grace_ms = 100,
		.output_bytes_max = 1 << 20,
	};
}

struct supervisor fixture_start(const struct run_request *request)
{
	struct supervisor supervisor;
	struct error err;

	if (!supervisor_start(request, &supervisor, &err))
		fail_msg("%s", err.text);
	return supervisor;
}

void fixture_wait(int fd)
{
	struct pollfd gone = { .fd = fd, .events = POLLIN };

	assert_int_equal(poll(&gone, 1, DEADLINE_MS), 1);
}

static void describe(void *context, struct run_record *record)
{
	(void)context;
	run_record_set_pokes(record, &fixture.pokes);
}

enum supervisor_found fixture_find(struct supervisor *out)
{
	enum supervisor_found found;
	struct error err;

	const struct supervisor_search search = { fixture.runs, fixture.run_id, fixture.boot, describe, NULL };

	if (!supervisor_find(&search, &found, out, &err))
		fail_msg("%s", err.text);
	return found;
}

struct run_record fixture_read_record(void)
{
	struct run_record record;
	struct error err;

	if (!run_record_read(fixture.runs, fixture.run_id, &record, &err))
		fail_msg("%s", err.text);
	return record;
}

struct run_record fixture_run(const struct run_request *request)
{
	struct supervisor supervisor = fixture_start(request), none;

	fixture_wait(supervisor.fd);
	supervisor_finish(&supervisor);
	assert_int_equal(fixture_find(&none), SUPERVISOR_ENDED);
	return fixture_read_record();
}

char *fixture_read_file(const char *name)
{
	char *path = run_folder_path(fixture.runs, fixture.run_id, name), *bytes;
	struct error err;
	size_t size;

	if (!file_read(path, 1 << 22, FILE_PUBLIC, &bytes, &size, &err))
		fail_msg("%s", err.text);
	free(path);
	return bytes;
}

pid_t fixture_written_pid(void)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;
	uint64_t pid = 0;

	while (!pid && clock_monotonic_ms() < until_ms) {
		char *output = fixture_read_file(RUN_FOLDER_OUTPUT), *end = strchr(output, '\n');
		if (end) {
			*end = '\0';
			assert_true(number_parse_uint64(output, INT32_MAX, &pid));
		}
		free(output);
	}
	assert_int_not_equal(pid, 0);
	return (pid_t)pid;
}

bool fixture_is_gone(pid_t pid)
{
	int64_t until_ms = clock_monotonic_ms() + DEADLINE_MS;

	while (!kill(pid, 0) && clock_monotonic_ms() < until_ms)
		(void)poll(NULL, 0, 5);
	return kill(pid, 0) && errno == ESRCH;
}

int fixture_open(void **state)
{
	if (scratch_open(state) || chmod(scratch_folder, 0711))
		return -1;
	fixture.runs = memory_format("%s/runs", scratch_folder);
	return spawn_identity_create("", &fixture.identity, NULL) ? 0 : -1;
}

int fixture_close(void **state)
{
	struct run_ids ids;

	if (!run_folder_rotate(fixture.runs, 0, NULL) || !run_folder_list(fixture.runs, &ids, NULL) || ids.count)
		return -1;
	run_ids_finish(&ids);
	run_pokes_finish(&fixture.pokes);
	spawn_identity_destroy(fixture.identity);
	free(fixture.runs);
	return scratch_close(state);
}

int fixture_forget_pokes(void **state)
{
	(void)state;
	run_pokes_finish(&fixture.pokes);
	fixture.boot = "";
	return 0;
}
