/* SPDX-License-Identifier: Apache-2.0 */
#include "common/signals.h"

#include "common/memory.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

struct signals {
	struct event_loop *loop;
	struct event_source source;
	const struct signal_action *table;
	size_t rows;
	void *context;
};

static sigset_t signal_set_of(const struct signal_action *table, size_t rows)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < rows; i++)
		sigaddset(&set, table[i].number);
	return set;
}

void signals_block(const struct signal_action *table, size_t rows)
{
	sigset_t set = signal_set_of(table, rows);

	pthread_sigmask(SIG_BLOCK, &set, NULL);
	sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
	sigaction(SIGXFSZ, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL);
}

/* One signal per call, since the source is level-triggered and the callback may stop us. */
static void signal_ready(void *context, uint32_t events)
{
	struct signals *signals = context;
	struct signalfd_siginfo information;

	(void)events;
	if (read(signals->source.fd, &information, sizeof(information)) != sizeof(information))
		return;
	for (size_t i = 0; i < signals->rows; i++) {
		if (signals->table[i].number == (int)information.ssi_signo) {
			signals->table[i].arrived(signals->context);
			return;
		}
	}
}

struct signals *signals_start(struct event_loop *loop, const struct signal_action *table, size_t rows, void *context,
    struct error *err)
{
	sigset_t set = signal_set_of(table, rows);
	int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0) {
		error_set_errno(err, ERROR_INTERNAL, "cannot create a signal descriptor");
		return NULL;
	}
	struct signals *signals = memory_allocate(sizeof(*signals));
	*signals = (struct signals){
		.loop = loop,
		.source = { .fd = fd, .ready = signal_ready, .context = signals },
		.table = table,
		.rows = rows,
		.context = context,
	};
	if (!event_loop_add(loop, &signals->source, EPOLLIN, err)) {
		close(fd);
		free(signals);
		return NULL;
	}
	return signals;
}

void signals_stop(struct signals *signals)
{
	if (!signals)
		return;
	event_loop_remove(signals->loop, &signals->source);
	close(signals->source.fd);
	free(signals);
}
