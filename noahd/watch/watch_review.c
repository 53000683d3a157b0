/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/watch/watch_review.h"

#include "common/clock.h"
#include "common/log.h"
#include "common/plural.h"

/* If the clock is set, a token expires sooner or later than the timer fires. */
enum { LOOK_AGAIN_MS = 60 * 1000 };

static void check_expiry(void *context, int64_t now_ms)
{
	(void)now_ms;
	watch_review_all(context);
}

void watch_review_init(struct watch_review *review, struct event_loop *loop, struct watch_table *table)
{
	*review = (struct watch_review){ .loop = loop, .table = table };
	review->timer = (struct event_timer){ .fire = check_expiry, .context = review };
}

void watch_review_finish(struct watch_review *review)
{
	if (review->loop)
		event_timer_cancel(review->loop, &review->timer);
}

static void await_expiry(struct watch_review *review)
{
	const int64_t now_ms = clock_wall_ms(), next_ms = token_table_next_expiry(review->table->tokens, now_ms);
	const int64_t left_ms = next_ms - now_ms;

	if (next_ms)
		event_timer_set(review->loop, &review->timer,
		    clock_monotonic_ms() + (left_ms < LOOK_AGAIN_MS ? left_ms : LOOK_AGAIN_MS));
}

static void watch_review_note(struct watch *watch, bool is_authorized)
{
	if (!watch->is_unauthorized && !is_authorized)
		log_warning("watch %s of endpoint %s gets nothing from now on: the token \"%s\"%s may not read at its pattern; "
		            "a PUT of the same watch by a token that may adopts it",
		    watch_name_of(watch), watch->endpoint->log_name, watch->registrant ? watch->registrant : TOKEN_ANONYMOUS,
		    watch->registrant ? ", which registered it," : ", since it was registered without one,");
	else if (watch->is_unauthorized && is_authorized)
		log_info("watch %s of endpoint %s gets changes again, but not those made meanwhile", watch_name_of(watch),
		    watch->endpoint->log_name);
	watch->is_unauthorized = !is_authorized;
}

void watch_review_all(struct watch_review *review)
{
	struct watch *watch, *following;

	log_gather();
	HASH_ITER (hh, review->table->watches, watch, following)
		watch_review_note(watch, watch_is_authorized(review->table, watch));
	log_release();
	await_expiry(review);
}

void watch_review_begin(struct watch_review *review)
{
	struct watch *watch, *following;
	size_t count = 0;

	HASH_ITER (hh, review->table->watches, watch, following) {
		watch->is_unauthorized = !watch_is_authorized(review->table, watch);
		count += watch->is_unauthorized;
	}
	if (count)
		log_warning("%zu %s nothing, since no registrant may read at the pattern; "
		            "a PUT of the same watch by a token that may adopts it",
		    count, plural(count, "watch gets", "watches get"));
	await_expiry(review);
}

void watch_review_adopted(struct watch *watch, const struct watch_table *table, bool was_authorized)
{
	watch->is_unauthorized = !was_authorized;
	watch_review_note(watch, watch_is_authorized(table, watch));
}
