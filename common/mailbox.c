/* SPDX-License-Identifier: Apache-2.0 */
#include "common/mailbox.h"

#include "common/memory.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
	pthread_mutex_t lock;
	int event_fd;
	bool signalled; /* event_fd is readable, or will be at once: one write for each round of pops */
	size_t capacity, first, count;
	void *messages[]; /* a ring */
};

struct mailbox *mailbox_create(size_t capacity, struct error *err)
{
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (event_fd < 0) {
		error_set_errno(err, ERROR_INTERNAL, "cannot make an event descriptor");
		return NULL;
	}
	struct mailbox *mailbox = memory_zeroed(1, sizeof(*mailbox) + capacity * sizeof(void *));
	pthread_mutex_init(&mailbox->lock, NULL);
	mailbox->event_fd = event_fd;
	mailbox->capacity = capacity;
	return mailbox;
}

void mailbox_destroy(struct mailbox *mailbox)
{
	if (!mailbox)
		return;
	close(mailbox->event_fd);
	pthread_mutex_destroy(&mailbox->lock);
	free(mailbox);
}

/* Once the lock is free again: else the receiver wakes up only to wait for it. */
static void wake_receiver(struct mailbox *mailbox)
{
	(void)eventfd_write(mailbox->event_fd, 1);
}

/* Where the wake-up is still on its way nothing is to be read yet, and event_fd tells of it once more. */
static void quiet(struct mailbox *mailbox)
{
	eventfd_t ignored;

	if (mailbox->signalled && eventfd_read(mailbox->event_fd, &ignored) == 0)
		mailbox->signalled = false;
}

bool mailbox_push(struct mailbox *mailbox, void *message)
{
	pthread_mutex_lock(&mailbox->lock);
	bool has_room = mailbox->count < mailbox->capacity, wakes = has_room && !mailbox->signalled;
	if (has_room) {
		mailbox->messages[(mailbox->first + mailbox->count++) % mailbox->capacity] = message;
		mailbox->signalled = true;
	}
	pthread_mutex_unlock(&mailbox->lock);
	if (wakes)
		wake_receiver(mailbox);
	return has_room;
}

bool mailbox_take_back(struct mailbox *mailbox, const void *message)
{
	pthread_mutex_lock(&mailbox->lock);
	size_t last = (mailbox->first + mailbox->count - 1) % mailbox->capacity;
	bool is_inside = mailbox->count > 0 && mailbox->messages[last] == message;
	mailbox->count -= is_inside;
	pthread_mutex_unlock(&mailbox->lock);
	return is_inside;
}

void *mailbox_pop(struct mailbox *mailbox)
{
	void *message = NULL;

	pthread_mutex_lock(&mailbox->lock);
	if (mailbox->count) {
		message = mailbox->messages[mailbox->first];
		mailbox->first = (mailbox->first + 1) % mailbox->capacity;
		mailbox->count--;
	} else {
		quiet(mailbox);
	}
	pthread_mutex_unlock(&mailbox->lock);
	return message;
}

int mailbox_fd(const struct mailbox *mailbox)
{
	return mailbox->event_fd;
}
