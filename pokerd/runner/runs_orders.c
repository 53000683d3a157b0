/* SPDX-License-Identifier: Apache-2.0 */
#include "common/clock.h"
#include "pokerd/runner/runs_private.h"

#include <stdio.h>

bool runs_keep_gates(struct runs *runs, struct error *err)
{
	json_t *gates = run_queue_save(runs->queue, clock_monotonic_ms());
	bool kept = journal_set_gates(runs->options.journal, gates, err);

	json_decref(gates);
	if (!kept)
		runs_rebuild_queue(runs);
	return kept;
}

bool runs_hold(struct runs *runs, const char *reason, int64_t for_ms, struct error *err)
{
	run_queue_hold(runs->queue, reason, for_ms == GATE_UNTIL_EVENT ? for_ms : clock_monotonic_ms() + for_ms);
	return runs_keep_gates(runs, err);
}

bool runs_release(struct runs *runs, enum run_queue_release how, bool *out_was_held, struct error *err)
{
	bool was_held = run_queue_release(runs->queue, how, clock_monotonic_ms());

	if (!runs_keep_gates(runs, err))
		return false;
	*out_was_held = was_held;
	return true;
}

bool runs_want(struct runs *runs, size_t rule, char out_run_id[RUN_ID_BYTES], struct error *err)
{
	struct run_want want = { .kind = RUN_WANT_MANUAL, .due_ms = clock_monotonic_ms() };

	if (!*run_queue_wanted(runs->queue, rule)->run_id)
		run_id_make(clock_wall_ms(), runs->next_number++, want.run_id);
	run_queue_want(runs->queue, rule, &want);
	if (!runs_keep_gates(runs, err))
		return false;
	snprintf(out_run_id, RUN_ID_BYTES, "%s", run_queue_wanted(runs->queue, rule)->run_id);
	return true;
}
