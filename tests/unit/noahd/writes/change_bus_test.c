/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "noahd/writes/change_bus.h"

static char seen[64];

static void see(void *context, const struct applied_changes *changes)
{
	assert_int_equal(changes->commit_us, 7);
	strcat(seen, context);
}

static const char *announce(const struct change_bus *bus, enum change_phase phase)
{
	const struct change_list none = { 0 };

	*seen = '\0';
	changes_applied(bus, phase, &(struct applied_changes){ &none, 7 });
	return seen;
}

static void a_phase_is_what_decides_when_a_subscriber_sees_changes(void **state)
{
	struct change_bus bus = { 0 };

	(void)state;
	change_bus_subscribe(&bus, CHANGES_ANSWERED, see, "c");
	change_bus_subscribe(&bus, CHANGES_APPLIED, see, "a");
	change_bus_subscribe(&bus, CHANGES_APPLIED, see, "b");
	assert_string_equal(announce(&bus, CHANGES_APPLIED), "ab");
	assert_string_equal(announce(&bus, CHANGES_ANSWERED), "c");
}

static void without_subscribers_nothing_happens(void **state)
{
	(void)state;
	assert_string_equal(announce(&(struct change_bus){ 0 }, CHANGES_APPLIED), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_phase_is_what_decides_when_a_subscriber_sees_changes),
		cmocka_unit_test(without_subscribers_nothing_happens),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
