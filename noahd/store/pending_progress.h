/* pending_progress.h - progress of deliveries, collected until the next commit writes it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_STORE_PENDING_PROGRESS_H
#define NOAHD_STORE_PENDING_PROGRESS_H

#include "noahd/store/store.h"

#include <stdbool.h>

struct pending_progress;

struct pending_progress *pending_progress_create(void);
void pending_progress_destroy(struct pending_progress *pending);

/* A later row or clear of a watch replaces the earlier one; dead rows are added. */
void pending_progress_add(struct pending_progress *pending, struct delivery_progress *take);

/* All of it merged; NULL: there is none. Borrowed until the next add or clear. */
const struct delivery_progress *pending_progress_view(struct pending_progress *pending);

/* Forgets it, once it is written. */
void pending_progress_clear(struct pending_progress *pending);

#endif
