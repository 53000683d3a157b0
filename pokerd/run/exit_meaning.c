/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/exit_meaning.h"

#include <stddef.h>

static const struct exit_meaning meanings[] = {
	{ 0, true, "converged" },
	{ 2, false, "interrupted" },
	{ 3, false, "terminated before it converged" },
	{ 35, true, "converged, a reboot is scheduled" },
	{ 37, false, "interrupted, a reboot is needed" },
	{ 41, true, "converged, the requested reboot failed" },
	{ 43, false, "invalid configuration" },
	{ 172, false,
	    "licence not accepted: put chef_license \"accept\" into client.rb, or CHEF_LICENSE = \"accept\" into the "
	    "environment of the rule; Cinc needs neither" },
	{ 173, false, "not covered by the licence" },
	{ 174, false, "licence not set" },
	{ 213, true, "chef upgraded itself and must run again" },
};

static const struct exit_meaning failed = { 1, false, "failed" };

const struct exit_meaning *exit_meaning_of(int status)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return &failed;
}
