/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/queue_restore.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "pokerd/verify/rules.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_record.h"
#include "pokerd/verify/verify.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

/* The data with which each pending poke is queued. */
struct waiting {
	const struct queue_restore *from;
	struct run_queue *queue;
	int64_t last_ms; /* when the previous one came, monotonic */
};

int64_t queue_monotonic_ms(int64_t wall_ms)
{
	int64_t ago_ms = clock_wall_ms() - wall_ms;

	return clock_monotonic_ms() - (ago_ms > 0 ? ago_ms : 0);
}

static struct run_queue *queue_restore_create(const struct queue_restore *from)
{
	const struct pokerd_settings *settings = from->settings;
	char host[HOST_NAME_MAX + 1] = "";
	const struct run_queue_options options = {
		.rule_count = settings->rules.count,
		.node = *settings->node ? settings->node : host,
		.quiet_ms = settings->runs.quiet_ms,
		.quiet_max_ms = settings->runs.quiet_max_ms,
		.splay_ms = settings->runs.splay_ms,
		.min_interval_ms = settings->runs.min_interval_ms,
		.burst = (unsigned)settings->runs.burst,
		.starts = journal_starts(from->journal),
		.now_ms = clock_monotonic_ms(),
	};

	(void)gethostname(host, sizeof(host) - 1);
	return run_queue_create(&options);
}

static void queue_one(void *context, const struct poke *poke)
{
	struct waiting *waiting = context;
	int64_t came_ms = queue_monotonic_ms(poke->at_ms);
	struct verified_poke said;
	struct error err;
	size_t rule;

	if (!verified_poke_read(poke->body, poke->body_size, &said, &err)) {
		log_error("poke %s of the journal: %s; dropping it", poke->id, err.text);
		journal_ignore(waiting->from->journal, poke->id);
		return;
	}
	const struct rule_question question = { poke->path, said.location, said.action, said.is_change, poke->key };
	if (rules_find(&waiting->from->settings->rules, &question, &rule)) {
		waiting->last_ms = came_ms > waiting->last_ms ? came_ms : waiting->last_ms;
		run_queue_poke(waiting->queue, rule, poke->id, said.event, waiting->last_ms);
	} else {
		log_warning("poke %s: no rule matches any more", poke->id);
		journal_ignore(waiting->from->journal, poke->id);
	}
	verified_poke_finish(&said);
}

/* The record of a run, and its pokes so far. */
struct description {
	struct run_record *record;
	struct run_pokes pokes;
};

static void describe_poke(void *context, const struct poke *poke)
{
	struct description *description = context;
	struct verified_poke said;

	if (!poke->body || !verified_poke_read(poke->body, poke->body_size, &said, NULL)) {
		run_pokes_append(&description->pokes, poke->id, "");
		return;
	}
	if (!description->record->rule) {
		description->record->rule = memory_text(poke->path); /* the path of its rule */
		description->record->queued_ms = poke->at_ms;
	}
	run_pokes_append(&description->pokes, poke->id, said.event);
	verified_poke_finish(&said);
}

void queue_describe_run(const struct journal *journal, struct run_record *record)
{
	const struct journal_run *run = journal_run(journal);
	struct description description = { .record = record };

	journal_running(journal, describe_poke, &description);
	const char *attempt_of = journal_attempt_of(journal, &description.pokes);
	record->attempt_of = attempt_of ? memory_text(attempt_of) : NULL;
	record->started_ms = run ? run->started_ms : 0;
	run_record_set_pokes(record, &description.pokes);
	run_pokes_finish(&description.pokes);
}

struct run_queue *queue_restore(const struct queue_restore *from)
{
	struct waiting waiting = { from, queue_restore_create(from), INT64_MIN };

	if (from->is_running)
		run_queue_resume(waiting.queue, from->running_rule);
	journal_waiting(from->journal, queue_one, &waiting);
	return waiting.queue;
}
