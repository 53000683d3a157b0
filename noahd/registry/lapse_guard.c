/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/lapse_guard.h"

#include <string.h>

/* Forgets the seconds that are more than a minute ago. */
static void move_on(struct lapse_guard *guard, int64_t now_ms)
{
	int64_t second = now_ms / 1000;

	if (second - guard->second >= LAPSE_GUARD_SECONDS)
		memset(guard->lapsed, 0, sizeof(guard->lapsed));
	else
		for (int64_t passed = guard->second + 1; passed <= second; passed++)
			guard->lapsed[passed % LAPSE_GUARD_SECONDS] = 0;
	guard->second = second;
}

void lapse_guard_note(struct lapse_guard *guard, int64_t now_ms, size_t count)
{
	move_on(guard, now_ms);
	guard->lapsed[guard->second % LAPSE_GUARD_SECONDS] += count;
}

bool lapse_guard_holds(struct lapse_guard *guard, int64_t now_ms, size_t due, size_t running)
{
	size_t lapsed = 0;

	move_on(guard, now_ms);
	for (size_t i = 0; i < LAPSE_GUARD_SECONDS; i++)
		lapsed += guard->lapsed[i];
	size_t ending = lapsed + due;
	return ending >= LAPSE_GUARD_LEAST && 100 * ending > LAPSE_GUARD_PERCENT * (ending + running);
}
