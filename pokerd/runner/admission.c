/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/admission.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/signature.h"
#include "pokerd/link/rate.h"
#include "pokerd/runner/refused_poke.h"
#include "pokerd/verify/addressee.h"
#include "pokerd/verify/rules.h"
#include "pokerd/verify/verify.h"

#include <stdio.h>

enum { RETRY_UNWRITABLE_S = 30, RETRY_STOPPING_S = 5 };

static void decide(struct verdict *out, uint16_t status, uint16_t retry_after_s, const char *text)
{
	out->status = status;
	out->retry_after_s = retry_after_s;
	snprintf(out->text, sizeof(out->text), "%s", text);
}

static void decide_stopping(struct verdict *out)
{
	decide(out, 503, RETRY_STOPPING_S, "pokerd is stopping");
}

static const char *admission_text_of(const struct message *poke, enum message_part part)
{
	return poke->parts[part].bytes;
}

/* Attackers must not be able to fill the disk with log lines: a few are written, then one in a while with the number of
   the rest. */
static void log_refusal(struct admission *admission, const struct message *poke, const struct error *err)
{
	static const struct rate lines = { .interval_ms = 5000, .burst = 20 };
	int64_t now_ms = clock_monotonic_ms();

	if (rate_wait_ms(&lines, admission->refusal_log_ms, now_ms)) {
		admission->refusals_not_logged++;
		return;
	}
	rate_take(&lines, &admission->refusal_log_ms, now_ms);
	if (admission->refusals_not_logged)
		log_warning("%lu further pokes were refused", admission->refusals_not_logged);
	admission->refusals_not_logged = 0;
	log_warning("%s: poke refused: %s", admission_text_of(poke, MESSAGE_PEER), err->text);
}

static void admission_refuse(struct admission *admission, const struct message *poke, enum verify_result result,
    const struct error *err, struct verdict *out)
{
	static const struct {
		uint16_t status;
		const char *text; /* NULL: the client may know the reason */
	} answers[] = {
		[VERIFY_UNSIGNED] = { 401, "the signature is missing, malformed, wrong or too old" },
		[VERIFY_MALFORMED] = { 400, NULL },
		[VERIFY_NOT_ADDRESSED] = { 403, NULL },
	};

	log_refusal(admission, poke, err);
	refused_poke_note(&admission->refusals, poke, result, err, &admission->policy->keys);
	decide(out, answers[result].status, 0, answers[result].text ? answers[result].text : err->text);
}

static void refuse_path(struct admission *admission, const struct message *poke, struct verdict *out)
{
	refused_poke_note_path(&admission->refusals, poke);
	decide(out, 404, 0, "no rule has this path");
}

/* Held is not a state of a poke but of what it waits for. */
static const char *shown_state(const struct admission *admission, enum poke_state state, size_t rule)
{
	bool is_pending = state == POKE_QUEUED || state == POKE_MERGED;

	return is_pending && runs_is_held(admission->runs, rule) ? "held" : poke_state_name(state);
}

static void accept(struct admission *admission, const struct message *message, const struct verified_poke *verified,
    size_t rule, struct verdict *out)
{
	enum poke_state state = runs_state_of_next(admission->runs, rule);
	const struct poke poke = {
		.id = (char *)admission_text_of(message, MESSAGE_ID),
		.path = (char *)admission_text_of(message, MESSAGE_PATH),
		.key = (char *)verified->key,
		.body = (char *)admission_text_of(message, MESSAGE_BODY),
		.body_size = message->parts[MESSAGE_BODY].size,
		.at_ms = clock_wall_ms(),
	};
	struct error err;

	if (!journal_accept(admission->journal, &poke, state, &err)) {
		log_error("%s: poke %s refused for now: %s", admission_text_of(message, MESSAGE_PEER), poke.id, err.text);
		admission->unwritable_until_ms = clock_monotonic_ms() + (int64_t)RETRY_UNWRITABLE_S * 1000;
		decide(out, 503, RETRY_UNWRITABLE_S, "the journal cannot be written");
		return;
	}
	admission->unwritable_until_ms = 0;
	log_info("%s: poke %s: %s of %s, %s", admission_text_of(message, MESSAGE_PEER), poke.id, verified->action,
	    verified->location, poke_state_name(state));
	runs_poke(admission->runs, rule, poke.id, verified->event, verified->told);
	decide(out, 202, 0, shown_state(admission, state, rule));
}

static void ignore(struct admission *admission, const struct message *message, const struct verified_poke *verified,
    struct verdict *out)
{
	const char *id = admission_text_of(message, MESSAGE_ID);

	log_info("%s: poke %s: %s of %s, no rule matches", admission_text_of(message, MESSAGE_PEER), id, verified->action,
	    verified->location);
	journal_ignore(admission->journal, id);
	decide(out, 200, 0, poke_state_name(POKE_IGNORED));
}

static void answer_repeated(const struct message *message, const char *state, struct verdict *out)
{
	log_debug("%s: poke %s: already known, %s", admission_text_of(message, MESSAGE_PEER),
	    admission_text_of(message, MESSAGE_ID), state);
	decide(out, 200, 0, state);
}

static void admit(struct admission *admission, const struct message *message, const struct verified_poke *verified,
    struct verdict *out)
{
	const struct rule_question question = { admission_text_of(message, MESSAGE_PATH), verified->location,
		verified->action, verified->is_change, verified->key };
	enum poke_state known;
	size_t rule;

	bool has_rule = rules_find(&admission->policy->settings.rules, &question, &rule);
	if (journal_find(admission->journal, admission_text_of(message, MESSAGE_ID), &known))
		answer_repeated(message, has_rule ? shown_state(admission, known, rule) : poke_state_name(known), out);
	else if (has_rule)
		accept(admission, message, verified, rule, out);
	else
		ignore(admission, message, verified, out);
}

/* False: refused, with the reason in *out. */
static bool admission_verify(struct admission *admission, const struct message *poke, struct verified_poke *verified,
    struct verdict *out)
{
	const struct policy *policy = admission->policy;
	const struct addressee_options addressees = {
		.endpoints = &policy->settings.endpoints,
		.node = policy->settings.node,
		.listening = admission->listening,
		.listening_count = admission->listening_count,
	};
	const char *peer = admission_text_of(poke, MESSAGE_PEER);
	int64_t now_ms = clock_monotonic_ms();
	int64_t wait_ms = verification_limits_wait_ms(admission->limits, peer, now_ms);
	enum verify_result result;
	struct error err;

	if (wait_ms) {
		decide(out, 429, (uint16_t)((wait_ms + 999) / 1000), "too many signatures were wrong; wait before the next");
		return false;
	}
	out->verifications = (unsigned)signature_cost(admission_text_of(poke, MESSAGE_SIGNATURE), policy->keys.count);
	result = verify_poke(poke, &policy->keys, &addressees, clock_wall_ms() / 1000, verified, &err);
	if (result == VERIFY_GENUINE) {
		verification_limits_genuine(admission->limits, peer);
		return true;
	}
	verification_limits_failed(admission->limits, peer, out->verifications, now_ms);
	admission_refuse(admission, poke, result, &err, out);
	return false;
}

void admission_poke(struct admission *admission, const struct message *poke, struct verdict *out)
{
	struct verified_poke verified;
	size_t rule;

	if (admission->is_stopping) {
		decide_stopping(out);
	} else if (!rules_find_path(&admission->policy->settings.rules, admission_text_of(poke, MESSAGE_PATH), &rule)) {
		refuse_path(admission, poke, out);
	} else if (admission_verify(admission, poke, &verified, out)) {
		admit(admission, poke, &verified, out);
		verified_poke_finish(&verified);
	}
}

void admission_plain(struct admission *admission, const struct message *message, struct verdict *out)
{
	refusals_add(&admission->refusals, REFUSAL_PLAIN, admission_text_of(message, MESSAGE_PEER), "",
	    clock_monotonic_ms());
	decide(out, 400, 0, "this port speaks TLS");
}

void admission_health(const struct admission *admission, struct verdict *out)
{
	if (admission->is_stopping)
		decide_stopping(out);
	else if (clock_monotonic_ms() < admission->unwritable_until_ms)
		decide(out, 503, RETRY_UNWRITABLE_S, "the journal cannot be written");
	else if (!journal_is_there(admission->journal))
		decide(out, 503, RETRY_UNWRITABLE_S, "the journal has been removed");
	else
		decide(out, 200, 0, "ready");
}
