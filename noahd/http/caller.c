/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/caller.h"

#include "common/clock.h"
#include "common/http_server.h"
#include "common/memory.h"
#include "noahd/registry/access_view.h"
#include "noahd/registry/kind.h"
#include "noahd/registry/pattern.h"
#include "noahd/registry/token_table.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- identity ---------------------------------------------------------------------------------------------------- */

bool caller_is_controlled(const struct http_call *call)
{
	assert(call->caller || !call->request);
	return call->caller && token_table_count(token_table_of(call->caller)) > 0;
}

/* Whether no one between the client and noahd could have read the request. */
static bool is_private(const struct http_call *call, const struct site *site)
{
	const char *peer = http_request_peer(call->request);

	return site->is_tls || site->plain_tokens || !strncmp(peer, "127.", 4) || !strncmp(peer, "[::1]:", 6) ||
	       !strcmp(peer, "local");
}

/* "Bearer <secret>", with one space or more (RFC 6750, 2.1), the scheme in any case (RFC 9110, 11.1). NULL: something
   else. */
static const char *bearer_of(const char *credentials)
{
	static const char scheme[] = "Bearer ";

	if (strncasecmp(credentials, scheme, sizeof(scheme) - 1))
		return NULL;
	return credentials + strspn(credentials + sizeof(scheme) - 2, " ") + sizeof(scheme) - 2;
}

bool caller_identify(struct http_call *call, const struct token_table *tokens, const struct site *site,
    struct error *err)
{
	call->caller = token_table_anonymous(tokens);
	const char *credentials = caller_is_controlled(call) ? http_request_header(call->request, "Authorization") : NULL;
	if (!credentials) {
		http_request_caller(call->request, call->caller);
		return true;
	}
	if (!is_private(call, site))
		return error_set(err, ERROR_DENIED,
		    "A token must not be sent over plain HTTP from another machine (plain_tokens = true allows it)");
	const char *secret = bearer_of(credentials);
	struct token *token = secret ? token_table_of_secret(tokens, secret, clock_wall_ms()) : NULL;
	if (!token)
		return error_set(err, ERROR_UNAUTHENTICATED,
		    secret ? "The token is unknown or has expired" : "Authorization must be \"Bearer\" and a token");
	call->caller = token;
	http_request_caller(call->request, token);
	return true;
}

const char *caller_token_name(const struct http_call *call)
{
	const struct token *token = call->caller;
	return token && token != token_table_anonymous(token_table_of(token)) ? token_name(token) : NULL;
}

/* ---- rights ----------------------------------------------------------------------------------------------- */

/* False: there is nothing to look up, everything is allowed. */
static bool needs_rules(const struct http_call *call, const struct access_rules **out_rules)
{
	if (!caller_is_controlled(call))
		return false;
	*out_rules = call->caller ? token_rules(call->caller, clock_wall_ms()) : NULL;
	return true;
}

bool caller_may(const struct http_call *call, enum access_right right, const char *path)
{
	const struct access_rules *rules;
	return !needs_rules(call, &rules) || access_allows(rules, right, path);
}

/* Of a pattern, what stands for any segment is shown as in the pattern. */
static bool deny(const struct http_call *call, const char *right, const char *path, struct error *err)
{
	const char *name = caller_token_name(call);
	char where[257];

	snprintf(where, sizeof(where), "%s", *path ? path : "/");
	for (char *any = where; (any = strchr(any, PATTERN_ANY_SEGMENT));)
		*any = '*';
	if (!name)
		return error_set(err, ERROR_UNAUTHENTICATED, "This needs a token with the right \"%s\" at %s", right, where);
	return error_set(err, ERROR_DENIED, "The token \"%.128s\" lacks the right \"%s\" at %s", name, right, where);
}

bool caller_check(const struct http_call *call, enum access_right right, const char *path, struct error *err)
{
	if (caller_may(call, right, path))
		return true;
	return err && deny(call, access_right_name(right, path), path, err);
}

bool caller_check_some(const struct http_call *call, enum access_right right, const char *path, struct error *err)
{
	const struct access_rules *rules;

	return !needs_rules(call, &rules) || access_allows_some(rules, right, path) || caller_check(call, right, path, err);
}

bool caller_was_refused(const struct error *err)
{
	return err->kind == ERROR_UNAUTHENTICATED || err->kind == ERROR_DENIED;
}

/* ---- visibility ----------------------------------------------------------------------------------------------- */

bool caller_sees_all(const struct http_call *call)
{
	const struct access_rules *rules;
	return !needs_rules(call, &rules) || access_allows_all(rules, ACCESS_READ, "");
}

uint64_t caller_rights(const struct http_call *call)
{
	return token_revision(call->caller);
}

bool caller_sees_set(const struct http_call *call, enum object_kind kind)
{
	const struct access_rules *rules;

	if (!needs_rules(call, &rules))
		return true;
	char *path = memory_join("/", kind_of(kind)->collection);
	bool sees = access_allows_all(rules, ACCESS_READ, path) && access_view_is_whole(rules, kind);
	free(path);
	return sees;
}

bool caller_sees_whole(const struct http_call *call, enum object_kind kind)
{
	const struct access_rules *rules;
	return !needs_rules(call, &rules) || access_view_is_whole(rules, kind);
}

static bool caller_may_read(void *context, const struct registry_entry *entry)
{
	return access_allows(context, ACCESS_READ, entry->path);
}

bool caller_sees_whole_object(const struct http_call *call, const struct registry *registry,
    const struct registry_entry *entry)
{
	const struct kind *kind = kind_of(entry->kind);
	const struct access_rules *rules;

	if (!needs_rules(call, &rules) || access_view_is_whole(rules, entry->kind))
		return true;
	return kind->visit_shown && kind->visit_shown(registry, entry, VERSION_APPLIED, caller_may_read, (void *)rules);
}

void caller_prune(const struct http_call *call, const struct record *record, json_t *view)
{
	const struct access_rules *rules;

	if (needs_rules(call, &rules))
		access_view_prune(rules, record, view);
}
