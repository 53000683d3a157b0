/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "common/signature.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/commands/signed_headers.h"
#include "pokerd/commands/when.h"
#include "pokerd/verify/key_ring.h"
#include "pokerd/verify/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_BYTES_MAX = 16 << 20 };
#define TIMESTAMP_MAX INT64_C(99999999999)

/* All that a check needs. */
struct claim {
	struct key_ring keys;
	struct signed_headers headers;
	char *body;
	size_t body_size;
	int64_t timestamp_s, now_s; /* what the claim says; the time to judge it by */
};

enum fault { FAULT_NONE, FAULT_KEY_KIND, FAULT_SIGNATURE, FAULT_TIME };

static const char *const fault_names[] = {
	[FAULT_KEY_KIND] = "key kind",
	[FAULT_SIGNATURE] = "signature",
	[FAULT_TIME] = "time",
};

struct finding {
	enum fault fault;
	size_t key; /* the one that fits */
	enum signature_version version;
	char reason[640];
};

/* ---- what is wrong ---- */

/* Whether the signature fits, at the time that it names itself. */
static bool fits(const struct claim *claim, size_t body_size, struct finding *finding, struct error *err)
{
	const struct signed_message message = {
		.id = claim->headers.id,
		.timestamp = claim->headers.timestamp,
		.body = claim->body,
		.body_size = body_size,
	};

	return signature_verify(&message, claim->headers.signature, claim->timestamp_s, claim->keys.keys, claim->keys.count,
	    &finding->key, &finding->version, err);
}

static bool has_version(const char *signatures, const char *prefix)
{
	for (const char *at = signatures; *at; at += strcspn(at, " "), at += strspn(at, " "))
		if (!strncmp(at, prefix, strlen(prefix)))
			return true;
	return false;
}

/* A key of each kind verifies signatures of one version. */
static bool is_of_another_kind(const struct claim *claim, struct finding *out)
{
	bool has_hmac = false, has_ed25519 = false;

	for (size_t i = 0; i < claim->keys.count; i++) {
		bool is_hmac = signing_key_kind(claim->keys.keys[i]) == SIGNING_KEY_HMAC;
		has_hmac |= is_hmac;
		has_ed25519 |= !is_hmac;
	}
	bool is_v1 = has_version(claim->headers.signature, "v1,"), is_v1a = has_version(claim->headers.signature, "v1a,");
	if ((is_v1 && has_hmac) || (is_v1a && has_ed25519))
		return false;
	out->fault = FAULT_KEY_KIND;
	snprintf(out->reason, sizeof(out->reason), "the signature is %s, which %s key verifies, but the file has only %s",
	    is_v1    ? "v1"
	    : is_v1a ? "v1a"
	             : "neither v1 nor v1a",
	    is_v1    ? "a whsec_"
	    : is_v1a ? "a whpk_"
	             : "no",
	    has_hmac ? "whsec_ keys" : "whpk_ keys");
	return true;
}

static void explain_misfit(const struct claim *claim, const struct error *err, struct finding *out)
{
	out->fault = FAULT_SIGNATURE;
	if (claim->body_size && claim->body[claim->body_size - 1] == '\n' && fits(claim, claim->body_size - 1, out, NULL))
		snprintf(out->reason, sizeof(out->reason),
		    "the signature fits the body without the newline at its end: remove that from the file");
	else
		snprintf(out->reason, sizeof(out->reason), "%s: was another key used, or were id, time or body changed?",
		    err->text);
}

static void explain_time(const struct claim *claim, struct finding *out)
{
	int64_t behind_s = claim->timestamp_s - claim->now_s;

	out->fault = FAULT_TIME;
	snprintf(out->reason, sizeof(out->reason),
	    "the signature fits, but its time is %" PRId64 " s %s; allowed are %d s (--any-age ignores it)",
	    behind_s < 0 ? -behind_s : behind_s, behind_s < 0 ? "ago" : "ahead", SIGNATURE_WINDOW_SECONDS);
}

static void check_claim(const struct claim *claim, struct finding *out)
{
	int64_t distance_s = claim->now_s - claim->timestamp_s;
	struct error err;

	if (is_of_another_kind(claim, out))
		return;
	if (!fits(claim, claim->body_size, out, &err))
		explain_misfit(claim, &err, out);
	else if (distance_s < -SIGNATURE_WINDOW_SECONDS || distance_s > SIGNATURE_WINDOW_SECONDS)
		explain_time(claim, out);
}

/* ---- what is read ---- */

static bool verify_read_headers(const char *path, struct claim *out, struct error *err)
{
	struct error reason;
	char *text;
	size_t size;

	if (!file_read(path, KEY_FILE_BYTES_MAX, FILE_PUBLIC, &text, &size, err))
		return false;
	bool is_read = signed_headers_parse(text, &out->headers, &reason);
	free(text);
	if (is_read && !number_parse_int64(out->headers.timestamp, 1, TIMESTAMP_MAX, &out->timestamp_s))
		is_read = error_set(&reason, ERROR_INVALID, "webhook-timestamp is not a number of seconds");
	return is_read || error_set(err, reason.kind, "%s: %s", path, reason.text);
}

/* The time to judge by, from --at and --any-age. */
static bool read_now(const struct command_line *line, int64_t timestamp_s, int64_t *out_s, struct error *err)
{
	const char *at = command_line_text(line, COMMAND_AT);
	int64_t now_ms = clock_wall_ms();

	if (at && !when_parse(at, now_ms, &now_ms, err))
		return false;
	*out_s = line->own[COMMAND_ANY_AGE].count ? timestamp_s : now_ms / 1000;
	return true;
}

static bool read_claim(const struct command_line *line, struct claim *out, struct error *err)
{
	const struct key_settings keys = { .name = "", .file = (char *)command_line_text(line, COMMAND_KEY) };

	out->keys.takes_private_keys = true;
	return key_ring_add_file(&out->keys, &keys, err) &&
	       verify_read_headers(command_line_text(line, COMMAND_HEADERS), out, err) &&
	       file_read(command_line_text(line, COMMAND_BODY), BODY_BYTES_MAX, FILE_PUBLIC, &out->body, &out->body_size,
	           err) &&
	       read_now(line, out->timestamp_s, &out->now_s, err);
}

/* ---- what is printed ---- */

static const char *version_name(enum signature_version version)
{
	return version == SIGNATURE_V1 ? "v1" : "v1a";
}

/* A secret is not shown. */
static void name_key(const struct signing_key *key, char out[SIGNING_KEY_TEXT_BYTES])
{
	if (signing_key_kind(key) == SIGNING_KEY_HMAC)
		snprintf(out, SIGNING_KEY_TEXT_BYTES, "a whsec_ key");
	else
		signing_key_public_text(key, out);
}

static void print_finding(const struct claim *claim, const struct finding *finding)
{
	char key[SIGNING_KEY_TEXT_BYTES], age[WHEN_TEXT_BYTES], date[CLOCK_TEXT_BYTES];
	struct verified_poke poke;

	if (finding->fault) {
		printf("not genuine: %s\n", finding->reason);
		return;
	}
	name_key(claim->keys.keys[finding->key], key);
	printf("genuine: signed (%s) with %s on %s, %s\n", version_name(finding->version), key,
	    clock_text(claim->timestamp_s * 1000, date), when_text(claim->timestamp_s * 1000, clock_wall_ms(), age));
	if (!verified_poke_read(claim->body, claim->body_size, &poke, NULL)) {
		puts("The body is not that of a watch: pokerd would refuse it (400).");
		return;
	}
	printf("%s of %s%s%s\n", poke.action, poke.location, *poke.event ? ", event " : "", poke.event);
	verified_poke_finish(&poke);
}

static void print_finding_json(const struct claim *claim, const struct finding *finding)
{
	char key[SIGNING_KEY_TEXT_BYTES];
	json_t *json =
	    json_pack("{s:b, s:I}", "genuine", finding->fault == FAULT_NONE, "timestamp", (json_int_t)claim->timestamp_s);

	if (finding->fault) {
		json_object_set_new(json, "fault", json_string(fault_names[finding->fault]));
		json_object_set_new(json, "reason", json_string(finding->reason));
	} else {
		name_key(claim->keys.keys[finding->key], key);
		json_object_set_new(json, "version", json_string(version_name(finding->version)));
		json_object_set_new(json, "key", json_string(key));
	}
	command_print_json(json);
	json_decref(json);
}

int command_verify(const struct command_line *line, const struct pokerd_settings *settings)
{
	struct finding finding = { 0 };
	struct claim claim = { 0 };
	struct error err;
	int status;

	(void)settings;
	if (read_claim(line, &claim, &err)) {
		check_claim(&claim, &finding);
		(line->own[COMMAND_JSON].count ? print_finding_json : print_finding)(&claim, &finding);
		status = finding.fault ? EXIT_STATUS_NO : EXIT_STATUS_FINE;
	} else {
		status = command_fail(&err);
	}
	key_ring_finish(&claim.keys);
	signed_headers_finish(&claim.headers);
	free(claim.body);
	return status;
}
