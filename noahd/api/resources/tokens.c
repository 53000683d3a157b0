/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/token.h"

#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/http/caller.h"
#include "noahd/api/resources/resources.h"
#include "noahd/registry/names.h"

/* Empty where there is none: this is no collection of Noah's. */
void get_tokens(struct http_call *call)
{
	const struct registry *registry = api_of(call)->registry;
	const struct membership *member = registry_members(registry, ALL_TOKENS, "", VERSION_APPLIED);
	json_t *tokens = json_array();

	for (; member; member = registry_next_member(member, VERSION_APPLIED))
		if (caller_may(call, ACCESS_READ, member->entry->path))
			json_array_append_new(tokens, token_kind.view(registry, member->entry, VERSION_APPLIED));
	answer_json(call, 200, tokens);
}

/* The secret is shown here and never again. */
static json_t *answer_of(const struct plan *plan, const struct token_result *result, const char *action)
{
	json_t *answer = token_kind.view(plan_registry(plan), result->entry, VERSION_PLANNED);

	json_object_set_new(answer, "result", json_string("success"));
	json_object_set_new(answer, "action", json_string(action));
	if (*result->secret)
		json_object_set_new(answer, "token", json_string(result->secret));
	return answer;
}

static bool tokens_check_put(const struct http_call *call, json_t *body, struct error *err)
{
	const json_t *expires_in = json_object_get(body, "expires_in");
	double seconds = expires_in ? json_number_value(expires_in) : 1;
	const char *node = body_string(body, "node");

	(void)call;
	if (!(seconds >= 0.001 && seconds <= TOKEN_EXPIRES_S_MAX))
		return error_set(err, ERROR_INVALID, "\"expires_in\" must be from 0.001 to %d seconds", TOKEN_EXPIRES_S_MAX);
	return !node || name_check("node", node, err);
}

static bool plan_put_token(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const struct token_terms terms = {
		.rules = json_object_get(write->body, "rules"),
		.expires_in_ms = (int64_t)(json_number_value(json_object_get(write->body, "expires_in")) * 1000),
		.node = body_string(write->body, "node"),
	};
	struct token_result result;

	if (!token_put(plan, write->call.captures[0], &terms, &result, err))
		return false;
	*out_answer = answer_of(plan, &result, change_action_name(result.action));
	return true;
}

const struct operation put_token = {
	.keys = (const struct body_key[]){ { "rules", BODY_ARRAY, false }, { "expires_in", BODY_NUMBER, true },
	    { "node", BODY_STRING, true }, { 0 } },
	.check = tokens_check_put,
	.plan = plan_put_token,
};

static bool plan_rotate_token(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	struct token_result result;

	if (!token_rotate(plan, write->call.captures[0], &result, err))
		return false;
	*out_answer = answer_of(plan, &result, "rotate");
	return true;
}

const struct operation rotate_token = { .plan = plan_rotate_token };

static bool plan_delete_token(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err)
{
	const char *name = write->call.captures[0];
	const bool needs_tokens = api_of(&write->call)->options.needs_tokens;
	char id[UUID_TEXT_BYTES];

	if (!token_delete(plan, name, needs_tokens ? TOKEN_LAST_STAYS : TOKEN_LAST_MAY_GO, id, err))
		return false;
	*out_answer = json_pack("{s:s, s:s, s:s, s:s}", "result", "success", "action", "delete", "id", id, "name", name);
	return true;
}

const struct operation delete_token = { .plan = plan_delete_token };
