/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/runner.h"

#include "common/clock.h"
#include "common/command_line.h"
#include "common/event_loop.h"
#include "common/file.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/notify.h"
#include "common/plural.h"
#include "common/settings_change.h"
#include "common/signals.h"
#include "common/watchdog.h"
#include "pokerd/runner/admission.h"
#include "pokerd/run/boot_id.h"
#include "pokerd/run/run_unit.h"
#include "pokerd/runner/clock_watch.h"
#include "pokerd/runner/control.h"
#include "pokerd/journal/journal.h"
#include "pokerd/runner/listener_door.h"
#include "pokerd/runner/listeners.h"
#include "pokerd/runner/metrics.h"
#include "pokerd/runner/policy.h"
#include "pokerd/runner/readout.h"
#include "pokerd/runner/reload.h"
#include "pokerd/runner/reports.h"
#include "pokerd/runner/runs.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	STOP_MS = 4000,       /* from SIGTERM to the exit, whatever clients do */
	DRAIN_MS_MAX = 30000, /* more than any request may take */
	PING_MS = 5000,
	TIDY_MS = 60000,
};

struct runner {
	const struct runner_options *options;
	const struct pokerd_settings *settings; /* the options' at first, then the policy's */
	struct policy policy;
	struct policy next; /* replaces it once a listener with these settings is ready; empty: none */
	char *runs_directory;
	char *unit_program; /* executed by the unit of each run; NULL: runs are our children */
	char boot[BOOT_ID_BYTES];
	int lock_fd, status;
	int64_t started_ms; /* wall clock */
	struct event_loop *loop;
	struct signals *signals;
	struct listeners *listeners;
	struct listener_door *door; /* NULL if we fork them */
	struct journal *journal;
	struct reports *reports;
	struct runs *runs;
	struct admission admission;
	struct readout readout;
	struct metrics metrics;
	struct control_host control_host;
	struct control_socket *control;
	struct event_timer deadline; /* of a stop in progress */
	struct event_timer tidy;
	struct watchdog watchdog;
	struct clock_watch clock;
};

/* ---- what the listener says -------------------------------------------------------------------------------------- */

/* In a child. */
static void forget_keys(void *context)
{
	struct runner *runner = context;

	policy_forget_keys(&runner->policy);
	policy_forget_keys(&runner->next);
}

/* In the child. */
static int runner_become_listener(int runner_fd, void *context)
{
	struct runner *runner = context;
	const struct runner_options *options = runner->options;

	forget_keys(runner);
	return options->become_listener(runner->next.identities ? &runner->next.settings : runner->settings, runner_fd,
	    options->context);
}

/* Signatures are valid for five minutes of the wall clock, so the log must record when it is set. */
static void watch_clock(struct runner *runner)
{
	int64_t step_ms = clock_watch_step(&runner->clock, clock_wall_ms(), clock_boot_ms());

	if (step_ms)
		log_warning("the wall clock was set %s by %lld s; pokes signed by another clock are refused",
		    step_ms > 0 ? "forward" : "back", (long long)((step_ms > 0 ? step_ms : -step_ms) + 500) / 1000);
}

static void answer_question(const struct message *message, struct verdict *out, void *context)
{
	struct runner *runner = context;

	watch_clock(runner);
	if (message->kind == MESSAGE_PLAIN) {
		admission_plain(&runner->admission, message, out);
		return;
	}
	if (message->kind == MESSAGE_HEALTH) {
		admission_health(&runner->admission, out);
		return;
	}
	admission_poke(&runner->admission, message, out);
	metrics_count_poke(&runner->metrics, out);
}

static void answer_reading(const struct message *message, struct message *out, void *context)
{
	struct runner *runner = context;

	readout_answer(&runner->readout, message, out);
}

static void say_ready(void *context)
{
	const struct runner *runner = context;

	if (runner->door) {
		notify_send("STATUS=a listener accepts connections");
		return;
	}
	const char *scheme = *runner->settings->tls.certificate ? "https" : "http";

	for (size_t i = 0; i < runner->options->listening_count; i++) {
		char *url = memory_format("%s://%s", scheme, runner->options->listening[i]);
		log_ready(url);
		notify_send("READY=1\nSTATUS=ready on %s", url);
		free(url);
	}
	malloc_trim(0);
}

static void listener_failed(int status, void *context)
{
	struct runner *runner = context;

	runner->status = status < 0 ? EXIT_STATUS_INTERNAL : status;
	event_loop_stop(runner->loop);
}

static void listeners_drained(void *context)
{
	struct runner *runner = context;

	event_loop_stop(runner->loop);
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void deadline_passed(void *context, int64_t now_ms)
{
	struct runner *runner = context;

	(void)now_ms;
	log_warning("stopping, some requests are unanswered");
	event_loop_stop(runner->loop);
}

/* A run in progress continues: its supervisor does not need us. */
static void stop(void *context)
{
	struct runner *runner = context;

	if (runner->deadline.fire)
		return;
	log_info("stopping");
	notify_send("STOPPING=1");
	runner->admission.is_stopping = true;
	runner->deadline = (struct event_timer){ .fire = deadline_passed, .context = runner };
	event_timer_set(runner->loop, &runner->deadline, event_loop_now_ms(runner->loop) + STOP_MS);
	listeners_drain(runner->listeners);
}

static void drop_next(struct runner *runner)
{
	policy_finish(&runner->next, runner->options->table);
	runner->next = (struct policy){ 0 };
}

static void keep_settings(void *context)
{
	struct runner *runner = context;

	drop_next(runner);
	log_error("settings not reloaded: the previous ones stay in effect, with their keys and certificate");
	malloc_trim(0);
}

/* Pending pokes are queued again by the new rules; this starts no run. */
static void take_next(void *context)
{
	struct runner *runner = context;
	struct policy old = runner->policy;
	char *changes = settings_change_text(runner->options->table, &old.settings, &runner->next.settings);

	runner->policy = runner->next;
	runner->next = (struct policy){ 0 };
	policy_finish(&old, runner->options->table);
	log_set_level((enum log_level)runner->settings->log_level);
	runs_reload(runner->runs);
	log_info("settings reloaded, with keys and certificate; %s", changes);
	policy_log_commands(&runner->policy);
	reports_reload(runner->reports);
	free(changes);
	malloc_trim(0);
}

/* All or nothing: the new settings apply once a listener that was started with them and the current certificate is
   ready. */
static void reload(void *context)
{
	struct runner *runner = context;
	struct error err;

	if (runner->deadline.fire)
		return;
	drop_next(runner);
	if (!reload_policy(runner->options, &runner->next)) {
		keep_settings(runner);
	} else if (runner->door) {
		take_next(runner);
		listeners_retire(runner->listeners); /* its successor reads them too */
	} else if (!listeners_replace(runner->listeners, &err)) {
		log_error("%s", err.text);
		keep_settings(runner);
	}
}

static const struct signal_action signal_actions[] = {
	{ SIGTERM, stop },
	{ SIGINT, stop },
	{ SIGHUP, reload },
};
enum { SIGNAL_ACTIONS = sizeof(signal_actions) / sizeof(*signal_actions) };

/* ---- what is due now and then ------------------------------------------------------------------------------------ */

static void tidy(void *context, int64_t now_ms)
{
	struct runner *runner = context;
	struct error err;

	watch_clock(runner);
	if (!journal_tidy(runner->journal, &err))
		log_warning("cannot tidy the journal: %s", err.text);
	event_timer_set(runner->loop, &runner->tidy, now_ms + TIDY_MS);
}

/* ---- start, in this order ---------------------------------------------------------------------------------------- */

static bool lock_state(struct runner *runner, struct error *err)
{
	const char *directory = runner->settings->state_directory;

	if (!file_make_folder(directory, 0711, err)) /* the path to a run's event file goes through it */
		return false;
	char *path = memory_format("%s/lock", directory);
	runner->lock_fd = file_lock(path, err);
	free(path);
	runner->runs_directory = memory_format("%s/runs", directory);
	return runner->lock_fd >= 0;
}

static bool start_loop(struct runner *runner, struct error *err)
{
	signals_block(signal_actions, SIGNAL_ACTIONS);
	runner->loop = event_loop_create(err);
	if (!runner->loop)
		return false;
	watchdog_start(&runner->watchdog, runner->loop);
	runner->signals = signals_start(runner->loop, signal_actions, SIGNAL_ACTIONS, runner, err);
	return runner->signals != NULL;
}

/* Before our memory contains anything that the listener must not have. */
static bool start_listener(struct runner *runner, struct error *err)
{
	const struct listeners_options options = {
		.loop = runner->loop,
		.become = runner->options->become_listener ? runner_become_listener : NULL,
		.question = answer_question,
		.reading = answer_reading,
		.ping_ms = PING_MS,
		.drain_ms_max = DRAIN_MS_MAX,
		.ready = say_ready,
		.replaced = take_next,
		.not_replaced = keep_settings,
		.failed = listener_failed,
		.drained = listeners_drained,
		.context = runner,
	};

	if (geteuid() != 0)
		log_warning("not started by root: the listener and the runs have the same user");
	runner->listeners = listeners_create(&options);
	return !runner->options->become_listener || listeners_fork(runner->listeners, err);
}

/* From here on our memory, and that of our children until they wipe them, contains keys. */
static bool guard_memory(struct runner *runner, struct error *err)
{
	struct rlimit core;

	(void)runner;
	if (getrlimit(RLIMIT_CORE, &core))
		return error_set_errno(err, ERROR_INTERNAL, "cannot read the resource limits");
	core.rlim_cur = 0;
	return (!setrlimit(RLIMIT_CORE, &core) && !prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) ||
	       error_set_errno(err, ERROR_INTERNAL, "cannot disable core dumps");
}

static bool read_policy(struct runner *runner, struct error *err)
{
	if (!policy_load(runner->options->settings, &runner->policy))
		return error_set(err, ERROR_INVALID, "a file named in the settings cannot be used");
	runner->settings = &runner->policy.settings;
	policy_log_commands(&runner->policy);
	return true;
}

static void poke_lost(const char *id)
{
	log_error("poke %s: its record in the journal cannot be read any more; it is lost", id);
}

static bool open_journal(struct runner *runner, struct error *err)
{
	const struct journal_options options = {
		.state_directory = runner->settings->state_directory,
		.boot = runner->boot,
		.remember_ms = runner->settings->remember_ms,
		.monotonic_ms = clock_monotonic_ms,
		.lost = poke_lost,
	};
	struct journal_damage damage;

	(void)boot_id_read(runner->boot);
	if (!journal_open(&options, &runner->journal, &damage, err))
		return false;
	if (damage.records || damage.tail_bytes)
		log_warning("the journal was damaged: %zu %s skipped, %zu %s cut off at the end%s", damage.records,
		    plural(damage.records, "record", "records"), damage.tail_bytes, plural(damage.tail_bytes, "byte", "bytes"),
		    damage.is_kept ? "; the original is kept as journal.damaged" : "");
	if (damage.id_files)
		log_warning("%zu %s of ids were damaged and put aside in %s/ids: pokes of those ids would run again",
		    damage.id_files, plural(damage.id_files, "file", "files"), runner->settings->state_directory);
	runner->tidy = (struct event_timer){ .fire = tidy, .context = runner };
	event_timer_set(runner->loop, &runner->tidy, clock_monotonic_ms() + TIDY_MS);
	watch_clock(runner);
	return true;
}

static void run_ended(enum run_result result, void *context)
{
	struct runner *runner = context;

	if (result != RUN_RUNNING)
		metrics_count_run(&runner->metrics, result);
	reports_look(runner->reports);
}

static bool start_reports(struct runner *runner, struct error *err)
{
	const struct reports_options options = {
		.loop = runner->loop,
		.policy = &runner->policy,
		.state_directory = runner->settings->state_directory,
		.runs_directory = runner->runs_directory,
	};

	(void)err;
	runner->reports = reports_create(&options);
	return true;
}

static bool runner_find_program(struct runner *runner, struct error *err)
{
	(void)err;
	runner->unit_program = run_unit_is_possible() ? run_unit_program() : NULL;
	return true;
}

static bool start_runs(struct runner *runner, struct error *err)
{
	const struct runs_options options = {
		.loop = runner->loop,
		.journal = runner->journal,
		.policy = &runner->policy,
		.runs_directory = runner->runs_directory,
		.ended = run_ended,
		.program = runner->unit_program,
		.forget = forget_keys,
		.context = runner,
	};

	(void)err;
	runner->runs = runs_create(&options);
	reports_look(runner->reports);
	runner->admission = (struct admission){
		.policy = &runner->policy,
		.journal = runner->journal,
		.runs = runner->runs,
		.listening = runner->options->listening,
		.listening_count = runner->options->listening_count,
		.limits = verification_limits_create(),
	};
	return true;
}

static bool open_control(struct runner *runner, struct error *err)
{
	runner->control_host = (struct control_host){
		.loop = runner->loop,
		.path = runner->settings->control_socket,
		.policy = &runner->policy,
		.runs = runner->runs,
		.sources = { runner->runs, &runner->admission, runner->listeners, runner->started_ms },
	};
	runner->readout = (struct readout){
		.policy = &runner->policy,
		.runs_directory = runner->runs_directory,
		.sources = &runner->control_host.sources,
		.metrics = &runner->metrics,
	};
	runner->control = control_open(&runner->control_host, err);
	return runner->control != NULL;
}

/* A listener that is a service of its own is answered from now on. */
static bool open_door(struct runner *runner, struct error *err)
{
	const struct pokerd_settings *settings = runner->settings;

	if (runner->options->become_listener)
		return true;
	runner->door = listener_door_open(runner->loop, runner->listeners, settings->control_socket, settings->user, err);
	if (!runner->door)
		return false;
	log_ready(listener_door_path(runner->door));
	notify_send("READY=1\nSTATUS=waiting for the listener at %s", listener_door_path(runner->door));
	return true;
}

static bool runner_start(struct runner *runner, struct error *err)
{
	static bool (*const steps[])(struct runner *, struct error *) = { lock_state, start_loop, start_listener,
		guard_memory, read_policy, open_journal, start_reports, runner_find_program, start_runs, open_control,
		open_door };

	log_info("starting, version " VERSION);
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++)
		if (!steps[i](runner, err))
			return false;
	return true;
}

/* ---- stop, in reverse -------------------------------------------------------------------------------------------- */

static void runner_finish(struct runner *runner)
{
	listener_door_close(runner->door);
	control_socket_close(runner->control);
	readout_finish(&runner->readout);
	verification_limits_destroy(runner->admission.limits);
	runs_destroy(runner->runs);
	reports_destroy(runner->reports);
	journal_close(runner->journal);
	policy_finish(&runner->policy, runner->options->table);
	policy_finish(&runner->next, runner->options->table);
	listeners_destroy(runner->listeners);
	signals_stop(runner->signals);
	event_loop_destroy(runner->loop);
	if (runner->lock_fd >= 0)
		close(runner->lock_fd);
	free(runner->runs_directory);
	free(runner->unit_program);
}

/* 75: may work later; 78: an operator must fix something first. */
static int status_of_failed_start(const struct error *err)
{
	static const int statuses[] = {
		[ERROR_UNAVAILABLE] = EXIT_STATUS_UNAVAILABLE,
		[ERROR_DENIED] = EXIT_STATUS_UNAVAILABLE, /* for example a directory that is not writable */
		[ERROR_INTERNAL] = EXIT_STATUS_INTERNAL,
	};

	if (err->kind < sizeof(statuses) / sizeof(*statuses) && statuses[err->kind])
		return statuses[err->kind];
	return EXIT_STATUS_CONFIGURATION;
}

int runner_run(const struct runner_options *options)
{
	struct runner runner = {
		.options = options,
		.settings = options->settings,
		.lock_fd = -1,
		.started_ms = clock_wall_ms(),
	};
	struct error err;

	if (!runner_start(&runner, &err)) {
		log_error("cannot start: %s", err.text);
		runner.status = status_of_failed_start(&err);
	} else if (!event_loop_run(runner.loop, &err)) {
		log_error("%s", err.text);
		runner.status = EXIT_STATUS_INTERNAL;
	}
	runner_finish(&runner);
	return runner.status;
}
