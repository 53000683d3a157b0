/* pending_progress.h - how far deliveries have come, gathered until the next commit takes it along. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_PENDING_PROGRESS_H
#define NOAHD_STORE_PENDING_PROGRESS_H

#include "noahd/store/store.h"

#include <stdbool.h>

struct pending_progress;

struct pending_progress *pending_progress_create(void);
void pending_progress_destroy(struct pending_progress *pending);

/* The later word on a watch replaces the earlier one; dead rows add up. */
void pending_progress_add(struct pending_progress *pending, struct delivery_progress *take);

/* All of it as one, NULL when there is nothing. Borrowed until the next add or clear. */
const struct delivery_progress *pending_progress_view(struct pending_progress *pending);

/* It is written: forget it. */
void pending_progress_clear(struct pending_progress *pending);

#endif
