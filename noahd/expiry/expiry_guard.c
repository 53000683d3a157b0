/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/expiry/expiry_guard.h"

#include <string.h>

/* Clears the seconds that are more than a minute ago. */
static void advance_to(struct expiry_guard *guard, int64_t now_ms)
{
	int64_t second = now_ms / 1000;

	if (second - guard->second >= EXPIRY_GUARD_SECONDS)
		memset(guard->expired, 0, sizeof(guard->expired));
	else
		for (int64_t passed = guard->second + 1; passed <= second; passed++)
			guard->expired[passed % EXPIRY_GUARD_SECONDS] = 0;
	guard->second = second;
}

void expiry_guard_note(struct expiry_guard *guard, int64_t now_ms, size_t count)
{
	advance_to(guard, now_ms);
	guard->expired[guard->second % EXPIRY_GUARD_SECONDS] += count;
}

bool expiry_guard_holds(struct expiry_guard *guard, int64_t now_ms, size_t due, size_t running)
{
	size_t expired = 0;

	advance_to(guard, now_ms);
	for (size_t i = 0; i < EXPIRY_GUARD_SECONDS; i++)
		expired += guard->expired[i];
	size_t ending = expired + due;
	return ending >= EXPIRY_GUARD_MIN && 100 * ending > EXPIRY_GUARD_PERCENT * (ending + running);
}
