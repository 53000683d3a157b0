/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "common/endpoint_url.h"
#include "common/file.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/signature.h"
#include "common/utf8.h"
#include "common/uuid.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"
#include "pokerd/link/messages.h"
#include "pokerd/outbound/sender.h"
#include "pokerd/verify/key_ring.h"
#include "pokerd/verify/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TIMEOUT_MS = 30000 };

/* A poke on its way. Strings are owned. */
struct outgoing_poke {
	const char *url; /* borrowed */
	struct key_ring keys;
	const struct signing_key *key; /* the one of the ring that signs */
	char *body, *ca_file;
	char id[UUID_TEXT_BYTES], timestamp[24], signature[SIGNATURE_TEXT_BYTES];
};

/* ---- the key ---- */

static bool read_key(const char *path, struct outgoing_poke *poke, struct error *err)
{
	const struct key_settings file = { .name = "", .file = (char *)path };

	poke->keys.takes_private_keys = true;
	if (!key_ring_add_file(&poke->keys, &file, err))
		return false;
	for (size_t i = 0; i < poke->keys.count && !poke->key; i++)
		if (signing_key_kind(poke->keys.keys[i]) != SIGNING_KEY_PUBLIC)
			poke->key = poke->keys.keys[i];
	return poke->key || error_set(err, ERROR_INVALID,
	                        "%s has only public keys, which cannot sign: allowed is the whsk_... of the pair, or a "
	                        "whsec_...",
	                        path);
}

/* ---- the body ---- */

/* A poke that is signed by a private key must name its addressee. */
static char *with_endpoint(const struct outgoing_poke *poke, json_t *body)
{
	if (signing_key_kind(poke->key) == SIGNING_KEY_PRIVATE && !json_object_get(body, "endpoint"))
		json_object_set_new(body, "endpoint", json_string(poke->url));
	return json_render(body, NULL);
}

/* The bytes of a file that already names its addressee are sent unchanged. */
static bool read_body_file(const char *path, struct outgoing_poke *poke, struct error *err)
{
	struct error reason;
	json_t *body = NULL;
	size_t size;

	if (!file_read(path, POKE_BODY_BYTES_MAX, FILE_PUBLIC, &poke->body, &size, err))
		return false;
	if (!json_decode_object(poke->body, size, &body, &reason))
		return error_set(err, ERROR_INVALID, "%s: %s", path, reason.text);
	if (!json_object_get(body, "endpoint")) {
		free(poke->body);
		poke->body = with_endpoint(poke, body);
	}
	json_decref(body);
	return true;
}

/* --data: JSON, or else a text. */
static json_t *data_of(const char *text)
{
	json_t *data = NULL;

	return json_decode(text, strlen(text), &data, NULL) ? data : json_string_of(text, strlen(text));
}

static bool make_body(const struct command_line *line, struct outgoing_poke *poke, struct error *err)
{
	const char *location = command_line_text(line, COMMAND_LOCATION), *action = command_line_text(line, COMMAND_ACTION);
	const char *data = command_line_text(line, COMMAND_DATA);

	if (!location)
		return error_set(err, ERROR_INVALID,
		    "what has changed is missing: allowed are --location PATH, as in --location /ephemerals/chef, and --body "
		    "FILE");
	if (*location != '/' || !utf8_is_valid(location, strlen(location)))
		return error_set(err, ERROR_INVALID, "--location %.256s: allowed is a path in the registry, as in /hosts/web1",
		    location);
	if (action && !rule_action_is_known(action))
		return error_set(err, ERROR_INVALID, "--action %.64s: allowed are create, update and delete", action);
	json_t *body = json_pack("{s:s, s:s}", "location", location, "action", action ? action : "update");
	if (data)
		json_object_set_new(body, "data", data_of(data));
	poke->body = with_endpoint(poke, body);
	json_decref(body);
	return true;
}

static bool poke_take_body(const struct command_line *line, struct outgoing_poke *poke, struct error *err)
{
	const char *path = command_line_text(line, COMMAND_BODY);

	if (!path)
		return make_body(line, poke, err);
	if (line->own[COMMAND_LOCATION].count || line->own[COMMAND_ACTION].count || line->own[COMMAND_DATA].count)
		return error_set(err, ERROR_INVALID, "--body FILE contains location, action and data: allowed is either");
	return read_body_file(path, poke, err);
}

/* ---- sending ---- */

static bool sign_poke(struct outgoing_poke *poke, struct error *err)
{
	uuid_make(poke->id);
	snprintf(poke->timestamp, sizeof(poke->timestamp), "%" PRId64, clock_wall_ms() / 1000);
	const struct signed_message message = { poke->id, poke->timestamp, poke->body, strlen(poke->body) };
	return signature_make(poke->key, &message, poke->signature, err);
}

/* The sender works in another folder. */
static bool find_ca(const char *path, struct outgoing_poke *poke, struct error *err)
{
	if (!path)
		return true;
	poke->ca_file = realpath(path, NULL);
	return poke->ca_file || error_set_errno(err, file_error_kind(errno), "cannot open %s", path);
}

static bool send_poke(const struct outgoing_poke *poke, struct outbound_answer *out, struct error *err)
{
	struct spawn_identity *user;
	struct outbound_request request = {
		.method = "POST",
		.url = poke->url,
		.body = poke->body,
		.ca_file = poke->ca_file ? poke->ca_file : "",
		.timeout_ms = TIMEOUT_MS,
	};

	outbound_request_add_header(&request, "Content-Type", "application/json");
	outbound_request_add_header(&request, "webhook-id", poke->id);
	outbound_request_add_header(&request, "webhook-timestamp", poke->timestamp);
	outbound_request_add_header(&request, "webhook-signature", poke->signature);
	if (!spawn_identity_create(geteuid() ? "" : "nobody", &user, err))
		return false;
	bool is_sent = sender_ask(&request, user, out, err);
	spawn_identity_destroy(user);
	return is_sent;
}

static bool poke_send(const struct command_line *line, struct outgoing_poke *poke, struct outbound_answer *out,
    struct error *err)
{
	struct endpoint_url url;

	poke->url = line->words[1];
	return endpoint_url_parse(poke->url, &url, err) && read_key(command_line_text(line, COMMAND_KEY), poke, err) &&
	       poke_take_body(line, poke, err) && find_ca(command_line_text(line, COMMAND_CA), poke, err) &&
	       sign_poke(poke, err) && send_poke(poke, out, err);
}

/* ---- the answer ---- */

static const struct remedy {
	int64_t status;
	const char *text;
} remedies[] = {
	{ 400, "The signature is good, but the body is not that of a watch: it needs \"location\" and \"action\"." },
	{ 401, "The node does not trust this key, or its clock differs by more than 300 s. Compare the public key with the "
	       "node's key file; 'pokerd status' there has the reason." },
	{ 403,
	    "The node does not know itself by this URL. Add the URL to 'endpoints' in its pokerd.conf, or use one that is "
	    "there." },
	{ 404, "The path of the URL selects the rule: use the path of one of the node's rules." },
	{ 405, "A pokerd accepts POST at the path of a rule: is this URL that of a pokerd?" },
	{ 413, "The body is too large for a poke." },
	{ 429, "The node has refused too many requests of this address: wait a minute." },
	{ 503, "The node cannot accept pokes now: try again; 'pokerd status' there has the reason." },
};

static const char *remedy_of(int64_t status)
{
	for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++)
		if (remedies[i].status == status)
			return remedies[i].text;
	return NULL;
}

/* What pokerd's answer says: the state or the error. */
static const char *answer_word(const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "state"));
	const char *reason = json_string_value(json_object_get(answer, "error_message"));

	return state ? state : reason ? reason : "not the answer of a pokerd";
}

static bool is_ignored(const json_t *answer)
{
	const char *state = json_string_value(json_object_get(answer, "state"));

	return state && !strcmp(state, "ignored");
}

static const char *poke_remedy(const struct outbound_answer *answer, const json_t *body)
{
	if (answer->error)
		return strstr(answer->error, "certificate") ? "Give the authority of the node's certificate with --ca FILE."
		                                            : NULL;
	if (is_ignored(body))
		return "No rule of the node matches: compare patterns, actions and keys of the rules with this poke.";
	return remedy_of(answer->status);
}

static int poke_status(const struct outbound_answer *answer, const json_t *body)
{
	if (answer->error || answer->status == 429 || answer->status == 503)
		return EXIT_STATUS_UNAVAILABLE;
	bool is_accepted = (answer->status == 200 || answer->status == 202) && json_object_get(body, "state");
	return is_accepted && !is_ignored(body) ? EXIT_STATUS_FINE : EXIT_STATUS_NO;
}

static void print_poke_answer(const struct outgoing_poke *poke, const struct outbound_answer *answer,
    const json_t *body)
{
	const char *remedy = poke_remedy(answer, body);

	if (answer->error)
		printf("%s: no answer: %s\n", poke->url, answer->error);
	else
		printf("%s: %" PRId64 " %s (poke %s)\n", poke->url, answer->status, answer_word(body), poke->id);
	if (remedy)
		puts(remedy);
}

static void print_poke_json(const struct outgoing_poke *poke, const struct outbound_answer *answer, const json_t *body)
{
	const char *remedy = poke_remedy(answer, body);
	json_t *json = json_pack("{s:s, s:s}", "url", poke->url, "poke", poke->id);

	if (answer->error) {
		json_object_set_new(json, "error", json_string(answer->error));
	} else {
		json_object_set_new(json, "status", json_integer(answer->status));
		json_object_set_new(json, "answer", body ? json_deep_copy(body) : json_string(answer->body));
	}
	if (remedy)
		json_object_set_new(json, "remedy", json_string(remedy));
	command_print_json(json);
	json_decref(json);
}

int command_poke(const struct command_line *line, const struct pokerd_settings *settings)
{
	struct outgoing_poke poke = { 0 };
	struct outbound_answer answer = { 0 };
	json_t *body = NULL;
	struct error err;
	int status;

	(void)settings;
	if (poke_send(line, &poke, &answer, &err)) {
		if (answer.body)
			(void)json_decode_object(answer.body, strlen(answer.body), &body, NULL);
		(line->own[COMMAND_JSON].count ? print_poke_json : print_poke_answer)(&poke, &answer, body);
		status = poke_status(&answer, body);
	} else {
		status = command_fail(&err);
	}
	json_decref(body);
	outbound_answer_finish(&answer);
	key_ring_finish(&poke.keys);
	free(poke.body);
	free(poke.ca_file);
	return status;
}
