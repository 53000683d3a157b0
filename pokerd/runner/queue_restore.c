/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/queue_restore.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/memory.h"
#include "pokerd/verify/poke_about.h"
#include "pokerd/verify/rules.h"
#include "pokerd/run/boot_id.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_record.h"
#include "pokerd/verify/verify.h"

#include <limits.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
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

/* "/", and "/#1" for a second rule with that path. The caller frees it. */
static char *rule_name(const struct rule_settings *rules, size_t rule)
{
	size_t before = 0;

	for (size_t i = 0; i < rule; i++)
		before += !strcmp(rules[i].path, rules[rule].path);
	return before ? memory_format("%s#%zu", rules[rule].path, before) : memory_text(rules[rule].path);
}

static void digest_text(EVP_MD_CTX *digest, const char *text)
{
	if (!EVP_DigestUpdate(digest, text, strlen(text) + 1))
		abort();
}

/* Of all that decides what a run of the rule does. */
static void digest_rule(const struct rule_settings *rule, char out[RUN_WANT_DIGEST_BYTES])
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char bytes[EVP_MAX_MD_SIZE];

	if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		abort();
	for (size_t i = 0; i < rule->command.count; i++)
		digest_text(digest, rule->command.items[i]);
	digest_text(digest, rule->run_as);
	for (size_t i = 0; i < rule->environment.count; i++) {
		digest_text(digest, rule->environment.items[i].name);
		digest_text(digest, rule->environment.items[i].value);
	}
	if (!EVP_DigestFinal_ex(digest, bytes, NULL))
		abort();
	EVP_MD_CTX_free(digest);
	for (size_t i = 0; i < (RUN_WANT_DIGEST_BYTES - 1) / 2; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

/* The names and digests of all rules; the caller calls forget_rules. */
static struct run_queue_rule *name_rules(const struct setting_groups *groups)
{
	const struct rule_settings *rules = groups->items;
	struct run_queue_rule *named = memory_zeroed(groups->count, sizeof(*named));

	for (size_t i = 0; i < groups->count; i++) {
		char *digest = memory_zeroed(1, RUN_WANT_DIGEST_BYTES);
		digest_rule(&rules[i], digest);
		named[i] = (struct run_queue_rule){ rule_name(rules, i), digest };
	}
	return named;
}

static void forget_rules(struct run_queue_rule *rules, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free((char *)rules[i].name);
		free((char *)rules[i].digest);
	}
	free(rules);
}

static struct run_queue *queue_restore_create(const struct queue_restore *from)
{
	const struct pokerd_settings *settings = from->settings;
	struct run_queue_rule *rules = name_rules(&settings->rules);
	int64_t now_ms = clock_monotonic_ms(), age_ms = 0;
	char host[HOST_NAME_MAX + 1] = "", boot[BOOT_ID_BYTES];
	const struct run_queue_options options = {
		.rule_count = settings->rules.count,
		.rules = rules,
		.boot = boot,
		.node = *settings->node ? settings->node : host,
		.quiet_ms = settings->runs.quiet_ms,
		.quiet_max_ms = settings->runs.quiet_max_ms,
		.splay_ms = settings->runs.splay_ms,
		.splay_per_node_ms = settings->runs.splay_per_node_ms,
		.min_interval_ms = settings->runs.min_interval_ms,
		.burst = (unsigned)settings->runs.burst,
		.per_hour = (unsigned)settings->runs.per_hour,
		.failures_to_hold = (unsigned)settings->runs.failures_to_hold,
		.starts = journal_starts(from->journal),
		.now_ms = now_ms,
	};

	(void)gethostname(host, sizeof(host) - 1);
	(void)boot_id_read(boot);
	struct run_queue *queue = run_queue_create(&options);
	const json_t *gates = journal_gates(from->journal, &age_ms);
	if (gates)
		run_queue_load(queue, gates, now_ms - age_ms, now_ms);
	forget_rules(rules, settings->rules.count);
	return queue;
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
		run_queue_poke(waiting->queue, rule, poke->id, said.event, said.told, waiting->last_ms);
	} else {
		log_warning("poke %s: no rule matches any more", poke->id);
		journal_ignore(waiting->from->journal, poke->id);
	}
	verified_poke_finish(&said);
}

static void append_described(struct run_pokes *pokes, const char *id, const struct verified_poke *said)
{
	char about[POKE_ABOUT_BYTES];

	_Static_assert((int)POKE_ABOUT_BYTES <= (int)RUN_POKES_ABOUT_BYTES_MAX, "what a poke is about fits into a record");
	run_pokes_append(pokes, id, said->event);
	run_pokes_describe_last(pokes, poke_about(said, about));
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
	append_described(&description->pokes, poke->id, &said);
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

void queue_describe_poke(const struct journal *journal, const struct run_poke *poke, struct run_pokes *out)
{
	struct poke kept = { 0 };
	struct verified_poke said;

	if (journal_read(journal, poke->id, &kept, NULL) && verified_poke_read(kept.body, kept.body_size, &said, NULL)) {
		append_described(out, poke->id, &said);
		verified_poke_finish(&said);
	} else {
		run_pokes_append(out, poke->id, poke->event);
	}
	poke_finish(&kept);
}

void queue_describe_pokes(const struct journal *journal, const struct run_pokes *pokes, struct run_pokes *out)
{
	size_t dropped = run_pokes_dropped(pokes);

	for (size_t i = 0; i < pokes->count; i++) {
		if (i < dropped)
			run_pokes_append(out, pokes->list[i].id, pokes->list[i].event);
		else
			queue_describe_poke(journal, &pokes->list[i], out);
	}
}

struct run_queue *queue_restore(const struct queue_restore *from)
{
	struct waiting waiting = { from, queue_restore_create(from), INT64_MIN };

	if (from->is_running)
		run_queue_resume(waiting.queue, from->running_rule);
	journal_waiting(from->journal, queue_one, &waiting);
	return waiting.queue;
}
