/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/store.h"

#include <stdlib.h>

void delivery_progress_destroy(struct delivery_progress *progress)
{
	if (!progress)
		return;
	for (size_t i = 0; i < progress->set_count; i++)
		free(progress->set[i].path);
	for (size_t i = 0; i < progress->clear_count; i++)
		free(progress->clear[i]);
	for (size_t i = 0; i < progress->dead_count; i++) {
		free(progress->dead[i].path);
		free(progress->dead[i].reason);
	}
	free(progress->set);
	free(progress->clear);
	free(progress->dead);
	free(progress);
}
