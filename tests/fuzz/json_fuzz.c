/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a JSON text. What is read can be written and read again as the same; a refusal is words that can go into
   JSON. */
#include "common/json.h"
#include "common/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_refusal(const struct error *err)
{
	if (err->kind != ERROR_INVALID || !*err->text || !utf8_is_valid(err->text, strlen(err->text)))
		abort();
}

static void check_again(const json_t *value)
{
	size_t size;
	char *text = json_render(value, &size);
	json_t *again;

	if (!json_decode(text, size, &again, NULL) || !json_equal(value, again))
		abort();
	json_decref(again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct error err;
	json_t *value;

	if (json_decode((const char *)bytes, size, &value, &err)) {
		check_again(value);
		json_decref(value);
	} else {
		check_refusal(&err);
	}
	if (json_decode_object((const char *)bytes, size, &value, &err))
		json_decref(value);
	else
		check_refusal(&err);
	return 0;
}
