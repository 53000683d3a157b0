/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"
#include "common/memory.h"
#include "noahd/control_private.h"

#include <stdlib.h>
#include <utlist.h>

/* {"command":"token","name":"chef","rules":[…],"node":"web1"}: its secret, and how many watches tell nothing; node is
   optional. The first token has to come from somewhere. */
struct token_order {
	struct api_token_order order; /* first */
	struct control *control;
	struct control_client *client; /* NULL: it has hung up */
	json_t *request;
	struct token_order *previous, *next;
};

static void control_token_end(struct token_order *order)
{
	DL_DELETE2(order->control->token_orders, order, previous, next);
	json_decref(order->request);
	free(order);
}

static void done(struct api_token_order *api_order, const struct error *refusal)
{
	struct token_order *order = (struct token_order *)api_order;

	if (!refusal)
		log_info("the token \"%s\" was issued by command", order->order.name);
	if (order->client && refusal)
		control_refuse(order->client, refusal);
	else if (order->client)
		control_answer(order->client, json_pack("{s:s, s:s, s:I}", "result", "success", "token", order->order.secret,
		                                  "unauthorized", (json_int_t)order->order.unauthorized));
	control_token_end(order);
}

void control_token(struct control *control, struct control_client *client, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "name"));
	struct error err;

	if (!name) {
		error_set(&err, ERROR_INVALID, "a token needs a name");
		control_refuse(client, &err);
		return;
	}
	struct token_order *order = memory_zeroed(1, sizeof(*order));
	*order = (struct token_order){ .control = control, .client = client, .request = json_incref((json_t *)request) };
	order->order = (struct api_token_order){ .name = name,
		.node = json_string_value(json_object_get(request, "node")),
		.rules = json_object_get(request, "rules"),
		.done = done };
	DL_APPEND2(control->token_orders, order, previous, next);
	api_issue_token(control->host.api, &order->order);
}

void token_orders_gone(struct control *control, const struct control_client *client)
{
	struct token_order *order;

	DL_FOREACH2 (control->token_orders, order, next)
		if (order->client == client)
			order->client = NULL;
}

void token_orders_end(struct control *control)
{
	while (control->token_orders)
		control_token_end(control->token_orders);
}
