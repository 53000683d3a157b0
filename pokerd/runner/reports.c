/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/reports.h"

#include "common/clock.h"
#include "common/file.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/percent.h"
#include "common/random.h"
#include "pokerd/outbound/report_body.h"
#include "pokerd/outbound/report_progress.h"
#include "pokerd/outbound/sender.h"
#include "pokerd/run/run_record.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	TIMEOUT_MS = 15000,
	AGAIN_MS = 2000, /* after the first failure; doubled after each */
	AGAIN_MS_MAX = 300000,
	TOKEN_BYTES_MAX = 1024,
};

struct reports {
	struct reports_options options;
	char *state_directory;
	struct spawn_identity *user; /* of pokerd-report */
	struct report_progress progress;
	bool is_on; /* there is a URL, and progress is open */
	unsigned failures;
	char *trouble; /* the last that was logged; NULL: none since a success */
	struct event_timer again;
	struct sender sender; /* fd -1: none */
	struct event_source source;
	char run_id[RUN_ID_BYTES]; /* of the report on its way */
};

static const struct pokerd_settings *reports_settings(const struct reports *reports)
{
	return &reports->options.policy->settings;
}

/* ---- what came of it ---- */

/* noahd has the report, or will never take it. */
static void settle(struct reports *reports)
{
	struct error err;

	if (!report_progress_advance(&reports->progress, reports->run_id, &err))
		log_warning("run %s: it will be reported again after a restart: %s", reports->run_id, err.text);
	reports->failures = 0;
	free(reports->trouble);
	reports->trouble = NULL;
	reports_look(reports);
}

/* Logged once for each reason. */
static void try_again(struct reports *reports, const char *reason)
{
	int64_t delay_ms = reports->failures < 16 ? (int64_t)AGAIN_MS << reports->failures : AGAIN_MS_MAX;

	if (delay_ms > AGAIN_MS_MAX)
		delay_ms = AGAIN_MS_MAX;
	delay_ms = (int64_t)((double)delay_ms * (0.8 + 0.4 * random_fraction())); /* a fleet must not come back as one */
	reports->failures++;
	if (!reports->trouble || strcmp(reports->trouble, reason) != 0)
		log_warning("run %s: not reported yet, trying again: %s", reports->run_id, reason);
	free(reports->trouble);
	reports->trouble = memory_text(reason);
	event_timer_set(reports->options.loop, &reports->again, clock_monotonic_ms() + delay_ms);
}

/* Statuses that the same request will always get; others may be healed by an operator. */
static bool is_final(int64_t status)
{
	static const int statuses[] = { 400, 413, 414, 415, 422 };

	for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++)
		if (statuses[i] == status)
			return true;
	return false;
}

static void take_answer(struct reports *reports, const struct outbound_answer *answer)
{
	if (answer->error) {
		try_again(reports, answer->error);
	} else if (answer->status >= 200 && answer->status < 300) {
		(reports->trouble ? log_info : log_debug)("run %s: reported", reports->run_id);
		settle(reports);
	} else if (is_final(answer->status)) {
		log_error("run %s: its report is refused with %lld and given up: %.256s", reports->run_id,
		    (long long)answer->status, answer->body);
		settle(reports);
	} else {
		char *reason = memory_format("%lld %.256s", (long long)answer->status, answer->body);
		try_again(reports, reason);
		free(reason);
	}
}

static void sender_ended(void *context, uint32_t events)
{
	struct reports *reports = context;
	struct outbound_answer answer;

	(void)events;
	event_loop_remove(reports->options.loop, &reports->source);
	sender_finish(&reports->sender, &answer);
	take_answer(reports, &answer);
	outbound_answer_finish(&answer);
}

/* ---- a report ---- */

/* "Bearer …", or NULL with *out_size 0 if none is set. outbound_text_destroy wipes it. */
static bool read_token(const char *path, char **out, size_t *out_size, struct error *err)
{
	char *token;
	size_t size;

	*out = NULL;
	*out_size = 0;
	if (!*path)
		return true;
	if (!file_read(path, TOKEN_BYTES_MAX, FILE_SECRET, &token, &size, err))
		return false;
	*out = memory_format("Bearer %.*s", (int)strcspn(token, "\r\n"), token);
	*out_size = strlen(*out);
	outbound_text_destroy(token, size);
	return true;
}

static char *url_of(const char *base, const char *node)
{
	size_t size = strlen(base);
	char *segment = percent_encode_segment(node), *url;

	while (size && base[size - 1] == '/')
		size--;
	url = memory_format("%.*s/ephemerals/runs/%s", (int)size, base, segment);
	free(segment);
	return url;
}

/* The texts that the request borrows live as long as this call. */
static bool send_record(struct reports *reports, const struct run_record *record, const char *authorization,
    struct error *err)
{
	const struct pokerd_settings *settings = reports_settings(reports);
	char host[HOST_NAME_MAX + 1] = "", *body = report_body_text(record);
	char *causes = run_record_causes(reports->options.runs_directory, &record->pokes, record->attempt_of);
	const char *node = *settings->node ? settings->node : host;

	(void)gethostname(host, sizeof(host) - 1);
	char *url = url_of(settings->report.url, node);
	struct outbound_request request = {
		.method = "PUT", .url = url, .body = body, .ca_file = settings->report.ca_file, .timeout_ms = TIMEOUT_MS
	};
	outbound_request_add_header(&request, "Content-Type", "application/json");
	outbound_request_add_header(&request, "Noah-Node", node);
	outbound_request_add_header(&request, "Noah-Run", record->id);
	if (*causes)
		outbound_request_add_header(&request, "Noah-Cause", causes);
	if (authorization)
		outbound_request_add_header(&request, "Authorization", authorization);
	bool started = sender_start(&request, reports->user, &reports->sender, err);
	free(url);
	free(body);
	free(causes);
	return started;
}

static bool start_report(struct reports *reports, const struct run_record *record, struct error *err)
{
	char *authorization;
	size_t size;

	if (!reports->user)
		return error_set(err, ERROR_INVALID, "there is no user for pokerd-report");
	if (!read_token(reports_settings(reports)->report.token_file, &authorization, &size, err))
		return false;
	bool started = send_record(reports, record, authorization, err);
	outbound_text_destroy(authorization, size);
	if (!started)
		return false;
	reports->source = (struct event_source){ reports->sender.fd, sender_ended, reports };
	if (event_loop_add(reports->options.loop, &reports->source, EPOLLIN, err))
		return true;
	struct outbound_answer answer;
	sender_finish(&reports->sender, &answer);
	outbound_answer_finish(&answer);
	return false;
}

void reports_look(struct reports *reports)
{
	struct run_record record;
	struct error err;

	if (!reports->is_on || reports->sender.fd >= 0 || reports->again.place ||
	    !report_progress_next(&reports->progress, reports->run_id))
		return;
	if (!run_record_read(reports->options.runs_directory, reports->run_id, &record, &err)) {
		/* Its supervisor has not written one yet: then its end is still to come. */
		if (err.kind != ERROR_NOT_FOUND && !run_folder_is_on(reports->options.runs_directory, reports->run_id)) {
			log_warning("run %s: it cannot be reported: %s", reports->run_id, err.text);
			settle(reports);
		}
		return;
	}
	if (record.result != RUN_RUNNING && !start_report(reports, &record, &err))
		try_again(reports, err.text);
	run_record_finish(&record);
}

static void look_again(void *context, int64_t now_ms)
{
	(void)now_ms;
	reports_look(context);
}

/* ---- life ---- */

static void follow_settings(struct reports *reports)
{
	const struct pokerd_settings *settings = reports_settings(reports);
	struct error err;

	spawn_identity_destroy(reports->user);
	reports->user = NULL;
	if (reports->is_on && !*settings->report.url)
		report_progress_close(&reports->progress);
	if (!*settings->report.url)
		report_progress_forget(reports->state_directory);
	else if (!spawn_identity_create(geteuid() ? "" : settings->user, &reports->user, &err))
		log_error("user: %s", err.text);
	if (*settings->report.url && !reports->is_on)
		report_progress_open(&reports->progress, reports->state_directory, reports->options.runs_directory);
	reports->is_on = *settings->report.url;
}

struct reports *reports_create(const struct reports_options *options)
{
	struct reports *reports = memory_zeroed(1, sizeof(*reports));

	reports->options = *options;
	reports->state_directory = memory_text(options->state_directory); /* a reload frees the settings' */
	reports->sender.fd = -1;
	reports->again = (struct event_timer){ .fire = look_again, .context = reports };
	follow_settings(reports);
	return reports;
}

void reports_destroy(struct reports *reports)
{
	struct outbound_answer answer;

	if (!reports)
		return;
	event_timer_cancel(reports->options.loop, &reports->again);
	if (reports->sender.fd >= 0) {
		event_loop_remove(reports->options.loop, &reports->source);
		sender_finish(&reports->sender, &answer);
		outbound_answer_finish(&answer);
	}
	spawn_identity_destroy(reports->user);
	report_progress_close(&reports->progress);
	free(reports->trouble);
	free(reports->state_directory);
	free(reports);
}

void reports_reload(struct reports *reports)
{
	follow_settings(reports);
	event_timer_cancel(reports->options.loop, &reports->again);
	reports->failures = 0;
	reports_look(reports);
}
