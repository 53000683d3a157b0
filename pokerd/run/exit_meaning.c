/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/exit_meaning.h"

#include <stddef.h>

static const struct exit_meaning meanings[] = {
	{ 0, true, RUN_THEN_NOTHING, "converged" },
	{ 2, false, RUN_THEN_RETRY, "interrupted" },
	{ 3, false, RUN_THEN_RETRY, "terminated before it converged" },
	{ 35, true, RUN_THEN_BOOT, "converged, a reboot is scheduled" },
	{ 37, false, RUN_THEN_BOOT_AND_AGAIN, "interrupted, a reboot is needed" },
	{ 41, true, RUN_THEN_ALERT, "converged, the requested reboot failed" },
	{ 43, false, RUN_THEN_CONFIGURE, "invalid configuration" },
	{ 172, false, RUN_THEN_CONFIGURE,
	    "licence not accepted: put chef_license \"accept\" into client.rb, or CHEF_LICENSE = \"accept\" into the "
	    "environment of the rule; Cinc needs neither" },
	{ 173, false, RUN_THEN_CONFIGURE, "not covered by the licence" },
	{ 174, false, RUN_THEN_CONFIGURE, "licence not set" },
	{ 213, true, RUN_THEN_AT_ONCE, "chef upgraded itself and must run again" },
};

static const struct exit_meaning failed = { 1, false, RUN_THEN_RETRY, "failed" };

const struct exit_meaning *exit_meaning_of(int status)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return &failed;
}
