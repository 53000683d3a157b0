/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/verification_limits.h"

#include "common/memory.h"
#include "common/peer_network.h"
#include "pokerd/link/flood.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { SENDERS_MAX = 16 };

/* One verification with a public key takes about a tenth of a millisecond. */
static const struct rate of_address = { .interval_ms = 2, .burst = 1000 };
static const struct rate over_all = { .interval_ms = 1, .burst = 2000 };

struct verification_limits {
	struct flood *flood;
	int64_t full_ms;                      /* rate.h, over all */
	struct in6_addr senders[SENDERS_MAX]; /* of genuine pokes, the latest first; unused ones are :: */
};

struct verification_limits *verification_limits_create(void)
{
	struct verification_limits *limits = memory_zeroed(1, sizeof(*limits));

	limits->flood = flood_create(&of_address);
	return limits;
}

void verification_limits_destroy(struct verification_limits *limits)
{
	if (!limits)
		return;
	flood_destroy(limits->flood);
	free(limits);
}

/* SENDERS_MAX if it is none. */
static size_t find_sender(const struct verification_limits *limits, const struct in6_addr *network)
{
	size_t place = 0;

	while (place < SENDERS_MAX && !IN6_ARE_ADDR_EQUAL(&limits->senders[place], network))
		place++;
	return place;
}

static bool is_sender(const struct verification_limits *limits, const char *peer)
{
	const struct in6_addr network = peer_network_of_text(peer);
	return !IN6_IS_ADDR_UNSPECIFIED(&network) && find_sender(limits, &network) < SENDERS_MAX;
}

int64_t verification_limits_wait_ms(const struct verification_limits *limits, const char *peer, int64_t now_ms)
{
	int64_t own_ms = flood_wait_ms(limits->flood, peer, now_ms);
	int64_t all_ms = is_sender(limits, peer) ? 0 : rate_wait_ms(&over_all, limits->full_ms, now_ms);

	return own_ms > all_ms ? own_ms : all_ms;
}

void verification_limits_failed(struct verification_limits *limits, const char *peer, int64_t count, int64_t now_ms)
{
	flood_count(limits->flood, peer, count, now_ms);
	rate_take_many(&over_all, count, &limits->full_ms, now_ms);
}

void verification_limits_genuine(struct verification_limits *limits, const char *peer)
{
	const struct in6_addr network = peer_network_of_text(peer);
	size_t place = find_sender(limits, &network);

	if (place == SENDERS_MAX)
		place--;
	memmove(&limits->senders[1], &limits->senders[0], place * sizeof(*limits->senders));
	limits->senders[0] = network;
}
