/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/listeners.h"

#include "common/log.h"
#include "common/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	RESTART_MS_FIRST = 100,
	RESTART_MS_MAX = 30000,
	STEADY_MS = 60000,        /* a listener that lived so long did not die of its start */
	REPLACED_GRACE_MS = 2000, /* a client that the old listener has accepted must not notice the replacement */
	ADOPTED_MAX = 4,
	MESSAGES_AT_ONCE = 64,
	VERIFICATIONS_AT_ONCE = 64, /* a few ms; then everything else has its turn */
	PINGS_MISSED_MAX = 6,
};

struct listener_process {
	LIST_ENTRY(listener_process) in_list;
	struct listeners *listeners;
	struct event_source source;
	struct event_source death;   /* its pidfd: other processes could hold its end of the socket */
	struct event_timer deadline; /* once it drains */
	pid_t pid;
	int64_t forked_ms;
	bool is_ready, is_draining;
	bool is_successor; /* it is to take over */
	int pings_missed;  /* in a row, with the one it has not answered yet */
};

struct listeners {
	struct listeners_options options;
	LIST_HEAD(, listener_process) list; /* the newest first: the only one that may not be draining */
	struct event_timer restart, ping;
	int64_t restart_ms; /* the delay before the next one is started when one dies */
	unsigned long deaths;
	bool was_ready, is_draining;
	unsigned verifications; /* in this round of the loop */
	char buffer[MESSAGE_BYTES_MAX];
};

/* Not by pid, which may be another process by now if it was no child of ours. */
static void listeners_kill(const struct listener_process *process)
{
	(void)syscall(SYS_pidfd_send_signal, process->death.fd, SIGKILL, NULL, 0);
}

/* ---- talking ---- */

/* Its socket will then report its end. */
static void drained_too_long(void *context, int64_t now_ms)
{
	const struct listener_process *process = context;

	(void)now_ms;
	log_warning("the listener (pid %d) does not end, killing it", (int)process->pid);
	listeners_kill(process);
}

static void listeners_drain_process(struct listener_process *process, uint32_t grace_ms)
{
	const struct message message = { .kind = MESSAGE_DRAIN, .grace_ms = grace_ms };
	struct event_loop *loop = process->listeners->options.loop;

	if (!message_send(process->source.fd, MESSAGE_TO_LISTENER, &message, NULL))
		listeners_kill(process); /* it is not accepting yet */
	process->is_draining = true;
	if (!process->deadline.place)
		event_timer_set(loop, &process->deadline, event_loop_now_ms(loop) + process->listeners->options.drain_ms_max);
}

static struct listener_process *listeners_accepting(const struct listeners *listeners)
{
	struct listener_process *process;

	LIST_FOREACH (process, &listeners->list, in_list)
		if (process->is_ready && !process->is_draining)
			return process;
	return NULL;
}

static void ping_process(struct listener_process *process)
{
	const struct message ping = { .kind = MESSAGE_PING };

	if (process->pings_missed == 1)
		log_warning("the listener (pid %d) does not answer", (int)process->pid);
	if (process->pings_missed == PINGS_MISSED_MAX) {
		log_error("the listener (pid %d) does not answer, killing it", (int)process->pid);
		listeners_kill(process);
		return;
	}
	/* The next answer will do for all. If there is no room for a question, it has not read the last one. */
	(void)message_send(process->source.fd, MESSAGE_TO_LISTENER, &ping, NULL);
	process->pings_missed++;
}

static void ping(void *context, int64_t now_ms)
{
	struct listeners *listeners = context;
	struct listener_process *process = listeners_accepting(listeners);

	if (process)
		ping_process(process);
	event_timer_set(listeners->options.loop, &listeners->ping, now_ms + listeners->options.ping_ms);
}

bool listeners_is_late(const struct listeners *listeners)
{
	const struct listener_process *process = listeners_accepting(listeners);
	return process && process->pings_missed > 1;
}

/* From now on this is the listener that accepts. */
static bool give_turn(struct listener_process *process, struct error *err)
{
	const struct message serve = { .kind = MESSAGE_SERVE };
	struct listeners *listeners = process->listeners;
	struct listener_process *older = LIST_NEXT(process, in_list);

	if (!message_send(process->source.fd, MESSAGE_TO_LISTENER, &serve, err))
		return false;
	process->is_ready = true;
	for (; older; older = LIST_NEXT(older, in_list))
		if (!older->is_draining)
			listeners_drain_process(older, REPLACED_GRACE_MS);
	if (process->is_successor)
		listeners->options.replaced(listeners->options.context);
	if (!listeners->was_ready)
		listeners->options.ready(listeners->options.context);
	listeners->was_ready = true;
	return true;
}

static bool listeners_answer(struct listener_process *process, const struct message *question, struct error *err)
{
	struct listeners *listeners = process->listeners;
	struct message message = { .kind = MESSAGE_VERDICT, .request = question->request };
	struct verdict verdict = { 0 };

	listeners->options.question(question, &verdict, listeners->options.context);
	listeners->verifications += verdict.verifications;
	message.status = verdict.status;
	message.retry_after_s = verdict.retry_after_s;
	message_set_text(&message, MESSAGE_TEXT, verdict.text);
	return message_send(process->source.fd, MESSAGE_TO_LISTENER, &message, err);
}

static bool listeners_send_piece(struct listener_process *process, const struct message *question, struct error *err)
{
	struct listeners *listeners = process->listeners;
	struct message piece;

	listeners->options.reading(question, &piece, listeners->options.context);
	return message_send(process->source.fd, MESSAGE_TO_LISTENER, &piece, err);
}

static bool listeners_take(struct listener_process *process, const struct message *message, struct error *err)
{
	if (message->kind == MESSAGE_PONG) {
		process->pings_missed = 0;
		return true;
	}
	if (message->kind > MESSAGE_DRAIN && message->kind != MESSAGE_PLAIN)
		return listeners_send_piece(process, message, err);
	if (message->kind != MESSAGE_READY)
		return listeners_answer(process, message, err);
	if (process->is_ready || process->is_draining)
		return true;
	if (strcmp(message->parts[MESSAGE_TEXT].bytes, VERSION))
		return error_set(err, ERROR_INVALID, "it is of version %.64s, and this is " VERSION,
		    message->parts[MESSAGE_TEXT].bytes);
	return give_turn(process, err);
}

/* ---- dying ---- */

static void restart_later(struct listeners *listeners)
{
	event_timer_set(listeners->options.loop, &listeners->restart,
	    event_loop_now_ms(listeners->options.loop) + listeners->restart_ms);
	listeners->restart_ms = listeners->restart_ms * 2 < RESTART_MS_MAX ? listeners->restart_ms * 2 : RESTART_MS_MAX;
}

static void restart(void *context, int64_t now_ms)
{
	struct listeners *listeners = context;
	struct error err;

	(void)now_ms;
	if (listeners_fork(listeners, &err))
		return;
	log_error("no listener: %s", err.text);
	restart_later(listeners);
}

static bool is_waiting_successor(const struct listener_process *process)
{
	return process->is_successor && !process->is_ready;
}

static void log_death(const struct listener_process *process, int status)
{
	if (!process->listeners->options.become)
		log_error("the listener (pid %d) has ended; waiting for the next", (int)process->pid);
	else if (WIFSIGNALED(status))
		log_error("the listener (pid %d) was killed by signal %d (%s)", (int)process->pid, WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else
		log_error("the listener (pid %d) has exited with status %d", (int)process->pid, WEXITSTATUS(status));
}

/* Whether a listener accepts, or is about to. */
static bool has_other(const struct listeners *listeners)
{
	const struct listener_process *process = LIST_FIRST(&listeners->list);

	return process && !process->is_draining;
}

static void handle_death(struct listeners *listeners, const struct listener_process *dead, int status)
{
	log_death(dead, status);
	listeners->deaths++;
	if (event_loop_now_ms(listeners->options.loop) - dead->forked_ms > STEADY_MS)
		listeners->restart_ms = RESTART_MS_FIRST;
	if (is_waiting_successor(dead))
		listeners->options.not_replaced(listeners->options.context);
	if (!has_other(listeners) && listeners->options.become)
		restart_later(listeners);
}

/* Its socket is closed or cannot be trusted: make sure that the process ends too. The exit status of a process that is
   already ending is kept. */
static int reap_listener(struct listener_process *process)
{
	int status = 0;

	event_timer_cancel(process->listeners->options.loop, &process->deadline);
	event_loop_remove(process->listeners->options.loop, &process->source);
	event_loop_remove(process->listeners->options.loop, &process->death);
	close(process->source.fd);
	listeners_kill(process);
	while (process->listeners->options.become && waitpid(process->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	close(process->death.fd);
	LIST_REMOVE(process, in_list);
	return status;
}

static void listeners_end(struct listener_process *process)
{
	struct listeners *listeners = process->listeners;
	int status = reap_listener(process);

	if (listeners->is_draining) {
		if (LIST_EMPTY(&listeners->list))
			listeners->options.drained(listeners->options.context);
	} else if (!listeners->was_ready && !process->is_successor && listeners->options.become) {
		listeners->options.failed(WIFEXITED(status) ? WEXITSTATUS(status) : -1, listeners->options.context);
	} else if (!process->is_draining) {
		handle_death(listeners, process, status);
	}
	free(process);
}

/* A listener that does not receive its answers is as wrong as one that sends a message that is not in the table. */
static enum message_received receive_one(struct listener_process *process, struct error *err)
{
	enum message_received received;
	struct message message;

	received = message_receive(process->source.fd, MESSAGE_TO_RUNNER, process->listeners->buffer, &message, err);
	return received == MESSAGE_RECEIVED && !listeners_take(process, &message, err) ? MESSAGE_WRONG : received;
}

static void listeners_socket_ready(void *context, uint32_t events)
{
	struct listener_process *process = context;
	enum message_received received = MESSAGE_RECEIVED;
	struct error err;

	(void)events;
	process->listeners->verifications = 0;
	for (int i = 0; i < MESSAGES_AT_ONCE && process->listeners->verifications < VERIFICATIONS_AT_ONCE; i++) {
		received = receive_one(process, &err);
		if (received != MESSAGE_RECEIVED)
			break;
	}
	if (received == MESSAGE_WRONG)
		log_error("the listener (pid %d) is no longer trusted: %s", (int)process->pid, err.text);
	if (received == MESSAGE_WRONG || received == MESSAGE_END)
		listeners_end(process);
}

static void listener_died(void *context, uint32_t events)
{
	(void)events;
	listeners_end(context);
}

/* ---- forking ---- */

static struct listener_process *add_listener(struct listeners *listeners, pid_t pid, int fd)
{
	struct listener_process *process = memory_zeroed(1, sizeof(*process));

	process->listeners = listeners;
	process->source = (struct event_source){ fd, listeners_socket_ready, process };
	process->death = (struct event_source){ (int)syscall(SYS_pidfd_open, pid, 0), listener_died, process };
	process->deadline = (struct event_timer){ .fire = drained_too_long, .context = process };
	process->pid = pid;
	process->forked_ms = event_loop_now_ms(listeners->options.loop);
	LIST_INSERT_HEAD(&listeners->list, process, in_list);
	return process;
}

static bool watch_listener(struct listener_process *process, struct error *err)
{
	struct event_loop *loop = process->listeners->options.loop;

	if (process->death.fd < 0)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot watch the listener");
	return event_loop_add(loop, &process->source, EPOLLIN, err) && event_loop_add(loop, &process->death, EPOLLIN, err);
}

static size_t count_processes(const struct listeners *listeners)
{
	const struct listener_process *process;
	size_t count = 0;

	LIST_FOREACH (process, &listeners->list, in_list)
		count++;
	return count;
}

bool listeners_adopt(struct listeners *listeners, int fd, pid_t pid, struct error *err)
{
	if (listeners->is_draining || count_processes(listeners) >= ADOPTED_MAX)
		return error_set(err, ERROR_UNAVAILABLE, "there are too many listeners, or pokerd is stopping");
	struct listener_process *process = add_listener(listeners, pid, fd);
	if (watch_listener(process, err))
		return true;
	event_loop_remove(listeners->options.loop, &process->source);
	event_loop_remove(listeners->options.loop, &process->death);
	close(process->death.fd);
	LIST_REMOVE(process, in_list);
	free(process);
	return false;
}

void listeners_retire(struct listeners *listeners)
{
	struct listener_process *process;

	LIST_FOREACH (process, &listeners->list, in_list)
		if (!process->is_draining)
			listeners_drain_process(process, REPLACED_GRACE_MS);
}

/* NULL on failure. */
static struct listener_process *fork_one(struct listeners *listeners, struct error *err)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, sockets)) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot create a socket pair for the listener");
		return NULL;
	}
	pid_t pid = fork();
	if (!pid)
		_exit(listeners->options.become(sockets[1], listeners->options.context));
	close(sockets[1]);
	if (pid < 0) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot fork the listener");
		close(sockets[0]);
		return NULL;
	}
	struct listener_process *process = add_listener(listeners, pid, sockets[0]);
	if (watch_listener(process, err))
		return process;
	(void)reap_listener(process);
	free(process);
	return NULL;
}

bool listeners_fork(struct listeners *listeners, struct error *err)
{
	return fork_one(listeners, err) != NULL;
}

/* Only the newest can be one. */
static void kill_waiting_successor(struct listeners *listeners)
{
	struct listener_process *process = LIST_FIRST(&listeners->list);

	if (!process || !is_waiting_successor(process))
		return;
	(void)reap_listener(process);
	free(process);
}

bool listeners_replace(struct listeners *listeners, struct error *err)
{
	kill_waiting_successor(listeners);
	struct listener_process *successor = fork_one(listeners, err);
	if (successor) {
		successor->is_successor = true;
		event_timer_cancel(listeners->options.loop, &listeners->restart);
	} else if (!has_other(listeners) && !listeners->restart.place) {
		restart_later(listeners);
	}
	return successor != NULL;
}

/* ---- life ---- */

struct listeners *listeners_create(const struct listeners_options *options)
{
	struct listeners *listeners = memory_allocate(sizeof(*listeners));

	listeners->options = *options;
	LIST_INIT(&listeners->list);
	listeners->restart = (struct event_timer){ .fire = restart, .context = listeners };
	listeners->ping = (struct event_timer){ .fire = ping, .context = listeners };
	if (options->ping_ms)
		event_timer_set(options->loop, &listeners->ping, event_loop_now_ms(options->loop) + options->ping_ms);
	listeners->restart_ms = RESTART_MS_FIRST;
	listeners->deaths = 0;
	listeners->was_ready = listeners->is_draining = false;
	listeners->verifications = 0;
	return listeners;
}

void listeners_destroy(struct listeners *listeners)
{
	struct listener_process *process;

	if (!listeners)
		return;
	event_timer_cancel(listeners->options.loop, &listeners->restart);
	event_timer_cancel(listeners->options.loop, &listeners->ping);
	while ((process = LIST_FIRST(&listeners->list))) {
		(void)reap_listener(process);
		free(process);
	}
	free(listeners);
}

void listeners_drain(struct listeners *listeners)
{
	struct listener_process *process;

	listeners->is_draining = true;
	event_timer_cancel(listeners->options.loop, &listeners->restart);
	LIST_FOREACH (process, &listeners->list, in_list)
		listeners_drain_process(process, 0);
	if (LIST_EMPTY(&listeners->list))
		listeners->options.drained(listeners->options.context);
}

pid_t listeners_pid(const struct listeners *listeners)
{
	const struct listener_process *process = listeners_accepting(listeners);
	return process ? process->pid : 0;
}

unsigned long listeners_deaths(const struct listeners *listeners)
{
	return listeners->deaths;
}
