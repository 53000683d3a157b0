/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/pokerd/journal/journal_fixture.h"

#include "tests/unit/scratch.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct journal_damage damage;
char lost[64];
const char *boot = "this-boot";
int64_t monotonic_ms;
struct run_queue_starts starts;

static void note_lost(const char *id)
{
	strcat(strcat(lost, id), " ");
}

int64_t read_clock(void)
{
	return monotonic_ms;
}

struct journal *open_journal(void)
{
	struct journal_options options = { .state_directory = scratch_folder,
		.remember_ms = 96 * HOUR,
		.monotonic_ms = read_clock,
		.lost = note_lost,
		.boot = boot };
	struct journal *journal;
	struct error err;

	if (!journal_open(&options, &journal, &damage, &err))
		fail_msg("%s", err.text);
	return journal;
}

void reopen(struct journal **journal)
{
	journal_close(*journal);
	*journal = open_journal();
}

void accept_body(struct journal *journal, const char *id, const char *body, size_t body_size)
{
	struct poke poke = { (char *)id, "/", "noah", (char *)body, body_size, NOW };
	struct error err;

	if (!journal_accept(journal, &poke, POKE_QUEUED, &err))
		fail_msg("%s", err.text);
}

void accept_poke(struct journal *journal, const char *id)
{
	accept_body(journal, id, "{\"n\":1}", 7);
}

void start_run(struct journal *journal, const char *run_id, const char *first, const char *second)
{
	struct run_pokes pokes = { 0 };
	struct error err;

	run_pokes_append(&pokes, first, "");
	if (second)
		run_pokes_append(&pokes, second, "");
	const struct journal_beginning beginning = { run_id, &pokes, NOW, starts, NULL };
	if (!journal_start(journal, &beginning, &err))
		fail_msg("%s", err.text);
	run_pokes_finish(&pokes);
}

void accept_many(struct journal *journal, int from, int count)
{
	static char body[10000];
	char id[32];

	memset(body, 'x', sizeof(body));
	for (int i = from; i < from + count; i++) {
		snprintf(id, sizeof(id), "msg_%d", i);
		accept_body(journal, id, body, sizeof(body));
		start_run(journal, id, id, NULL);
		journal_end(journal, JOURNAL_DONE, NULL);
	}
}

const char *state_of(struct journal *journal, const char *id)
{
	enum poke_state state;

	return journal_find(journal, id, &state) ? poke_state_name(state) : "unknown";
}

void append_id(void *context, const struct poke *poke)
{
	strcat(strcat(context, poke->id), " ");
}

const char *waiting(struct journal *journal)
{
	static char ids[1024];
	*ids = '\0';
	journal_waiting(journal, append_id, ids);
	return ids;
}

off_t file_size(void)
{
	struct stat status;

	assert_int_equal(stat(scratch_path("journal"), &status), 0);
	return status.st_size;
}

int journal_fixture_create(void **state)
{
	unlink(scratch_path("journal"));
	unlink(scratch_path("journal.damaged"));
	unlink(scratch_path("ids/0000000001"));
	unlink(scratch_path("ids/0000000002"));
	*lost = '\0';
	boot = "this-boot";
	*state = open_journal();
	return 0;
}

int journal_fixture_destroy(void **state)
{
	journal_close(*state);
	return 0;
}

void limit_file_size(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

void flip(off_t at, char bits)
{
	int fd = open(scratch_path("journal"), O_RDWR | O_CLOEXEC);
	char byte;

	assert_int_equal(pread(fd, &byte, 1, at), 1);
	byte ^= bits;
	assert_int_equal(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}
