/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/api/answer.h"
#include "noahd/api/context.h"
#include "noahd/api/resources/resources.h"

void get_keys(struct http_call *call)
{
	const struct api_options *options = &api_of(call)->options;
	json_t *keys = json_array();
	const char *key;

	for (size_t i = 0; (key = options->public_key(i, options->context)); i++)
		json_array_append_new(keys, json_string(key));
	answer_json(call, 200, json_pack("{s:o}", "keys", keys));
}
