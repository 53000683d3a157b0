/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/by.h"

#include "common/http_server.h"
#include "common/json.h"
#include "common/memory.h"
#include "common/utf8.h"
#include "noahd/http/caller.h"
#include "noahd/registry/names.h"

#include <stdlib.h>
#include <string.h>

static bool read_name(const struct http_request *request, const char *header, const char **out, struct error *err)
{
	const char *name = http_request_header(request, header);

	if (name && !utf8_is_valid(name, strlen(name)))
		return error_set(err, ERROR_INVALID, "\"%s\" is not UTF-8", header);
	if (name && !name_check(header, name, err))
		return false;
	*out = name;
	return true;
}

/* What the request's headers name; borrowed from it. */
struct named {
	const char *node, *run;
};

static void by_release(void *kept)
{
	free(kept);
}

static bool read_headers(const struct http_request *request, struct named *out, struct error *err)
{
	const struct named *kept = http_request_kept(request, by_release);

	if (kept) {
		*out = *kept;
		return true;
	}
	return read_name(request, "Noah-Run", &out->run, err) && read_name(request, "Noah-Node", &out->node, err);
}

/* For the line of the audit, which names the author, too. The token's node is not kept: the write may change it. */
static bool keep_headers(struct http_request *request, struct error *err)
{
	struct named named = { 0 }, *kept;

	if (!read_headers(request, &named, err))
		return false;
	if ((!named.node && !named.run) || http_request_kept(request, by_release))
		return true;
	kept = memory_allocate(sizeof(*kept));
	*kept = named;
	http_request_keep(request, kept, by_release);
	return true;
}

bool by_find(const struct http_request *request, const struct token *token, struct by *out, struct error *err)
{
	const char *node = token ? token_node(token) : NULL;
	struct named named = { 0 };
	bool are_valid = read_headers(request, &named, err);

	*out = (struct by){ .node = node ? node : named.node, .run = named.run, .is_verified = node != NULL };
	if (!are_valid || !node || !named.node || !strcmp(named.node, node))
		return are_valid;
	out->node = named.node;
	return error_set(err, ERROR_DENIED, "The token \"%.128s\" writes for the node \"%.255s\", not for \"%.255s\"",
	    token_name(token), node, named.node);
}

static void put_name(json_t *object, const char *key, const char *name)
{
	if (name)
		json_put_text(object, key, name);
}

char *by_text(const struct http_call *call, struct error *err)
{
	struct by by;

	if (!keep_headers(call->request, err) || !by_find(call->request, call->caller, &by, err))
		return NULL;
	if (caller_is_controlled(call))
		by.token = token_name(call->caller);
	if (!by.token && !by.node && !by.run)
		return memory_text("{}"); /* as most writes */
	json_t *object = json_object();
	put_name(object, "token", by.token);
	put_name(object, "node", by.node);
	put_name(object, "run", by.run);
	if (by.is_verified)
		json_put(object, "verified", json_true());
	char *text = json_render(object, NULL);
	json_decref(object);
	return text;
}
