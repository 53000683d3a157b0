/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/status.h"

#include <string.h>

bool status_check(const char *status, struct error *err)
{
	static const char *const known[] = { "up", "down", "pending" };

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		if (strcmp(status, known[i]) == 0)
			return true;
	return error_set(err, ERROR_INVALID, "Status must be up, down or pending");
}

bool status_check_record(const struct record *record, struct error *err)
{
	const char *status = record->value;
	return status_check(strlen(status) == record->value_size ? status : "", err);
}

json_t *status_view(const struct record *record)
{
	return json_stringn(record->value, record->value_size);
}

struct plan_value status_value(const char *status)
{
	return (struct plan_value){ .bytes = status, .size = strlen(status) };
}
