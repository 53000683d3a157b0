/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/metrics.h"

#include "common/exposition.h"

#include <string.h>

/* What became of a poke; the last row is for all else. text NULL: any. */
static const struct {
	uint16_t status;
	const char *text, *label;
} verdicts[METRICS_VERDICTS] = {
	{ 202, NULL, "accepted" },
	{ 200, "ignored", "ignored" },
	{ 200, NULL, "repeated" },
	{ 400, NULL, "malformed" },
	{ 401, NULL, "unsigned" },
	{ 403, NULL, "not addressed" },
	{ 404, NULL, "no rule" },
	{ 429, NULL, "limited" },
	{ 503, NULL, "unavailable" },
	{ 0, NULL, "other" },
};

void metrics_count_poke(struct metrics *metrics, const struct verdict *verdict)
{
	size_t row = 0;

	while (row < METRICS_VERDICTS - 1 && (verdicts[row].status != verdict->status ||
	                                         (verdicts[row].text && strcmp(verdicts[row].text, verdict->text) != 0)))
		row++;
	metrics->verdicts[row]++;
}

void metrics_count_run(struct metrics *metrics, enum run_result result)
{
	metrics->results[result]++;
}

/* ---- the text ---- */

static void metrics_tell(struct exposition *exposition, const struct metric_family *family, double value)
{
	exposition_family(exposition, family);
	exposition_value(exposition, NULL, value);
}

static void metrics_tell_labelled(struct exposition *exposition, const char *label, const char *name, double value)
{
	const struct metric_label labels[] = { { label, name }, { NULL, NULL } };

	exposition_value(exposition, labels, value);
}

static void metrics_tell_build(struct exposition *exposition)
{
	static const struct metric_family family = { "pokerd_build", METRIC_INFO, NULL, "Version of pokerd." };

	exposition_family(exposition, &family);
	metrics_tell_labelled(exposition, "version", VERSION, 1);
}

static void tell_pokes(const struct metrics *metrics, struct exposition *exposition)
{
	static const struct metric_family family = { "pokerd_pokes", METRIC_COUNTER, NULL,
		"Pokes that were answered, by verdict." };

	exposition_family(exposition, &family);
	for (size_t i = 0; i < METRICS_VERDICTS; i++)
		metrics_tell_labelled(exposition, "verdict", verdicts[i].label, (double)metrics->verdicts[i]);
}

static void tell_ended_runs(const struct metrics *metrics, struct exposition *exposition)
{
	static const struct metric_family family = { "pokerd_runs", METRIC_COUNTER, NULL,
		"Runs that have ended, by result." };

	exposition_family(exposition, &family);
	for (size_t i = RUN_SUCCESS; i < METRICS_RESULTS; i++)
		if (i != RUN_FOREIGN)
			metrics_tell_labelled(exposition, "result", run_result_name((enum run_result)i),
			    (double)metrics->results[i]);
}

static void tell_gates(const struct runs_counts *counts, struct exposition *exposition)
{
	static const struct metric_family family = { "pokerd_gates_closed", METRIC_GAUGE, NULL,
		"Rules whose runs are held back, by reason." };

	exposition_family(exposition, &family);
	for (size_t i = 0; i < GATES; i++)
		metrics_tell_labelled(exposition, "reason", gate_name((enum gate)i), (double)counts->gates[i]);
}

static void tell_now(const struct status_sources *sources, struct exposition *exposition)
{
	static const struct metric_family ready = { "pokerd_ready", METRIC_GAUGE, NULL, "1: pokes can be accepted." },
	                                  pending = { "pokerd_pokes_pending", METRIC_GAUGE, NULL,
		                                  "Pokes that wait for a run." },
	                                  on = { "pokerd_runs_in_progress", METRIC_GAUGE, NULL,
		                                  "Runs in progress: 0 or 1." },
	                                  deaths = { "pokerd_listener_deaths", METRIC_COUNTER, NULL,
		                                  "Listeners that ended without being told to." },
	                                  start = { "process_start_time_seconds", METRIC_GAUGE, "seconds",
		                                  "Start time, since 1970." };
	struct runs_counts counts;
	struct verdict health;

	runs_count(sources->runs, &counts);
	admission_health(sources->admission, &health);
	metrics_tell(exposition, &ready, health.status == 200);
	metrics_tell(exposition, &pending, (double)counts.waiting);
	metrics_tell(exposition, &on, (double)counts.in_progress);
	tell_gates(&counts, exposition);
	metrics_tell(exposition, &deaths, (double)listeners_deaths(sources->listeners));
	metrics_tell(exposition, &start, (double)sources->started_ms / 1000);
}

char *metrics_text(const struct metrics *metrics, const struct status_sources *sources, size_t *out_size)
{
	struct exposition *exposition = exposition_create(EXPOSITION_TEXT, "pokerd_");

	metrics_tell_build(exposition);
	tell_pokes(metrics, exposition);
	tell_ended_runs(metrics, exposition);
	tell_now(sources, exposition);
	return exposition_finish(exposition, out_size);
}
