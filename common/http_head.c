/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_head.h"

#include <string.h>

enum { SPACE_BYTES = 1, LINE_END_BYTES = 2 };

void http_head_begin(struct http_head *head, const char *method, const char *target, size_t target_size,
    const char *version)
{
	head->start = method;
	head->next = version + strlen(version) + LINE_END_BYTES;
	head->is_gapless = target == method + strlen(method) + SPACE_BYTES && version == target + target_size + SPACE_BYTES;
}

/* Between a name and its value there are a colon and blanks of the same line: only the ends matter. */
void http_head_field(struct http_head *head, const struct http_field *field)
{
	head->is_gapless &= field->name == head->next;
	head->next = field->value + field->value_size + LINE_END_BYTES;
}

bool http_head_is_whole(const struct http_head *head, size_t size)
{
	return head->is_gapless && head->next + LINE_END_BYTES == head->start + size;
}
