/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/caller.h"

#include "common/clock.h"
#include "common/memory.h"
#include "noahd/api/api_private.h"
#include "noahd/api/resources.h"
#include "noahd/registry/access_view.h"
#include "noahd/registry/token_table.h"
#include "noahd/registry/watch.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- who ------------------------------------------------------------------------------------------------------------- */

/* noahd's own writes come from no call of anybody. */
static bool is_controlled(const struct http_call *call)
{
	return call->context && token_table_count(api_of(call)->tokens) > 0;
}

/* Whether nobody between the client and us could have read what it sent. */
static bool is_private(const struct http_call *call)
{
	const struct api_options *options = &api_of(call)->options;
	const char *peer = http_request_peer(call->request);

	return options->is_tls || options->plain_tokens || !strncmp(peer, "127.", 4) || !strncmp(peer, "[::1]:", 6) ||
	       !strcmp(peer, "local");
}

/* "Bearer <secret>", with one space or more (RFC 6750, 2.1), the scheme in any case (RFC 9110, 11.1). NULL: something else. */
static const char *bearer_of(const char *credentials)
{
	static const char scheme[] = "Bearer ";

	if (strncasecmp(credentials, scheme, sizeof(scheme) - 1))
		return NULL;
	return credentials + strspn(credentials + sizeof(scheme) - 2, " ") + sizeof(scheme) - 2;
}

bool caller_identify(struct http_call *call, struct error *err)
{
	const struct token_table *tokens = api_of(call)->tokens;

	call->caller = token_table_anonymous(tokens);
	const char *credentials = is_controlled(call) ? http_request_header(call->request, "Authorization") : NULL;
	if (!credentials) {
		http_request_caller(call->request, call->caller);
		return true;
	}
	if (!is_private(call))
		return error_set(err, ERROR_DENIED,
		    "A token must not be sent over plain HTTP from another machine (plain_tokens = true allows it)");
	const char *secret = bearer_of(credentials);
	struct token *token = secret ? token_table_of_secret(tokens, secret, clock_wall_ms()) : NULL;
	if (!token)
		return error_set(err, ERROR_UNKNOWN, secret ? "The token is unknown or has expired" : "Only Bearer is known");
	call->caller = token;
	http_request_caller(call->request, token);
	return true;
}

const char *caller_token_name(const struct http_call *call)
{
	const struct token *token = call->caller;
	return token && token != token_table_anonymous(api_of(call)->tokens) ? token_name(token) : NULL;
}

/* ---- what they may --------------------------------------------------------------------------------------------------- */

/* False: there is nothing to look up, everything is allowed. */
static bool needs_rules(const struct http_call *call, const struct access_rules **out_rules)
{
	if (!is_controlled(call))
		return false;
	*out_rules = call->caller ? token_rules(call->caller, clock_wall_ms()) : NULL;
	return true;
}

bool caller_may(const struct http_call *call, enum access_right right, const char *path)
{
	const struct access_rules *rules;
	return !needs_rules(call, &rules) || access_allows(rules, right, path);
}

static bool deny(const struct http_call *call, const char *right, const char *where, struct error *err)
{
	const char *name = caller_token_name(call);

	if (!name)
		return error_set(err, ERROR_UNKNOWN, "This needs a token with the right \"%s\" at %.256s", right, where);
	return error_set(err, ERROR_DENIED, "The token \"%.128s\" lacks the right \"%s\" at %.256s", name, right, where);
}

bool caller_check(const struct http_call *call, enum access_right right, const char *path, struct error *err)
{
	return caller_may(call, right, path) || deny(call, access_right_name(right, path), *path ? path : "/", err);
}

bool caller_check_target(const struct http_call *call, enum access_right right, struct error *err)
{
	if (!is_controlled(call))
		return true;
	char *path = object_path(call);
	bool may = caller_check(call, right, path, err);
	free(path);
	return may;
}

bool caller_check_some(const struct http_call *call, enum access_right right, struct error *err)
{
	const struct access_rules *rules;

	if (!needs_rules(call, &rules))
		return true;
	char *path = object_path(call);
	bool may = access_allows_some(rules, right, path) || caller_check(call, right, path, err);
	free(path);
	return may;
}

bool caller_may_know(const struct http_call *call)
{
	return caller_check_target(call, ACCESS_READ, NULL) || caller_check_target(call, ACCESS_WRITE, NULL);
}

/* ---- writes ---------------------------------------------------------------------------------------------------------- */

/* A watch tells its endpoint what is at its pattern: for that read and watch are needed there. Who has registered one may
   delete it, and so may who may write it. */
static bool check_watch(const struct http_call *call, const struct change *change, struct error *err)
{
	struct watch_terms terms;
	const char *name = caller_token_name(call);

	if (!watch_terms_read(&change->record, &terms))
		return caller_check(call, ACCESS_WRITE, change->record.path, err);
	bool is_own = name && terms.registrant && !strcmp(name, terms.registrant);
	bool may = change->action == CHANGE_DELETE ? is_own || caller_check(call, ACCESS_WRITE, change->record.path, err)
	                                           : caller_check(call, ACCESS_READ, terms.decoded, err) &&
	                                                 caller_check(call, ACCESS_WATCH, terms.decoded, err);
	watch_terms_finish(&terms);
	return may;
}

static bool check_change(const struct http_call *call, const struct change *change, struct error *err)
{
	if (change->record.kind == OBJECT_WATCH)
		return check_watch(call, change, err);
	return caller_check(call, ACCESS_WRITE, change->record.path, err);
}

bool caller_check_changes(const struct http_call *call, struct change *const *changes, size_t count, struct error *err)
{
	if (!is_controlled(call))
		return true;
	for (size_t i = 0; i < count; i++) {
		if (check_change(call, changes[i], err))
			continue;
		/* Its name is not for those who may not see it. */
		if (!caller_may(call, ACCESS_READ, changes[i]->record.path))
			(void)deny(call, "write", "all that this changes", err);
		return false;
	}
	return count > 0 || caller_check_target(call, ACCESS_WRITE, err);
}

/* ---- what they see --------------------------------------------------------------------------------------------------- */

bool caller_sees_all(const struct http_call *call)
{
	const struct access_rules *rules;
	return !needs_rules(call, &rules) || access_allows_all(rules, ACCESS_READ, "");
}

uint64_t caller_rights(const struct http_call *call)
{
	return token_revision(call->caller);
}

bool caller_sees_whole(const struct http_call *call, enum object_kind kind)
{
	const struct access_rules *rules;
	return !needs_rules(call, &rules) || access_view_is_whole(rules, kind);
}

static bool may_read(void *context, const char *path)
{
	return access_allows(context, ACCESS_READ, path);
}

bool caller_sees_whole_object(const struct http_call *call, const struct registry_entry *entry)
{
	const struct kind *kind = kind_of(entry->kind);
	const struct access_rules *rules;

	if (!needs_rules(call, &rules) || access_view_is_whole(rules, entry->kind))
		return true;
	return kind->visit_shown && kind->visit_shown(api_of(call)->registry, entry, may_read, (void *)rules);
}

void caller_prune(const struct http_call *call, const struct record *record, json_t *view)
{
	const struct access_rules *rules;

	if (needs_rules(call, &rules))
		access_view_prune(rules, record, view);
}
