/* memory_store.h - a store in memory for tests, with a thread of its own whose failures come to the asker. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_NOAHD_MEMORY_STORE_H
#define TESTS_UNIT_NOAHD_MEMORY_STORE_H

#include "noahd/store/engines.h"
#include "noahd/store/store_thread.h"
#include "tests/unit/asker.h"

/* engine: memory_engine, or a copy of it with calls of the test's own; borrowed until store_thread_stop. After
   asker_start. */
static inline struct store_thread *memory_store_start(const struct store_engine *engine)
{
	const struct store_options options = {
		.events_kept = 1000, .events_kept_max = 1000, .events_bytes_max = UINT64_MAX
	};
	const struct store_thread_options thread_options = { .engine = engine, .failures = asker.inbox };
	void *state;

	assert_true(memory_engine.open(&options, &state, NULL));
	struct store_thread *store = store_thread_start(&thread_options, state, NULL);
	assert_non_null(store);
	return store;
}

#endif
