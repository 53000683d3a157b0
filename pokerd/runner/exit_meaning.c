/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/exit_meaning.h"

#include <stddef.h>

static const struct exit_meaning meanings[] = {
	{ 0, true, "converged" },
	{ 2, false, "interrupted" },
	{ 3, false, "terminated before it converged" },
	{ 35, true, "converged, a reboot is scheduled" },
	{ 37, false, "cut short, a reboot is needed" },
	{ 41, true, "converged, the reboot it asked for failed" },
	{ 43, false, "its configuration is wrong" },
	{ 172, false, "its licence is not accepted" },
	{ 173, false, "its licence does not cover this" },
	{ 174, false, "its licence is not set" },
	{ 213, true, "chef upgraded itself and has to run again" },
};

static const struct exit_meaning failed = { 1, false, "failed" };

const struct exit_meaning *exit_meaning_of(int status)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (meanings[i].status == status)
			return &meanings[i];
	return &failed;
}
