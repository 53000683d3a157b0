/* mailbox.h - pointers handed from one thread to another, never waiting. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_MAILBOX_H
#define COMMON_MAILBOX_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

struct mailbox;

struct mailbox *mailbox_create(size_t capacity, struct error *err);

/* What is still inside is not freed: drain it first. Whoever pushes must have come back from it: join the thread
   before. */
void mailbox_destroy(struct mailbox *mailbox);

/* Any thread. False, and nothing taken, when the box is full. */
bool mailbox_push(struct mailbox *mailbox, void *message);

/* Who has pushed, where nobody else does. True: that last message was still inside and is not any more. */
bool mailbox_take_back(struct mailbox *mailbox, const void *message);

/* The receiving thread only. NULL when empty; order is that of the pushes. */
void *mailbox_pop(struct mailbox *mailbox);

/* Readable (eventfd) from the first push into an empty box on; mailbox_pop quiets it when it returns NULL,
   so a receiver pops until NULL. */
int mailbox_fd(const struct mailbox *mailbox);

#endif
