/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/link/flood.h"

#include "common/memory.h"
#include "common/peer_network.h"

#include <stdlib.h>

enum { ADDRESSES_MAX = 256 };

struct address {
	struct in6_addr network;
	int64_t full_ms; /* rate.h; when it is past, the entry is free */
};

struct flood {
	struct rate rate;
	struct address addresses[ADDRESSES_MAX];
};

struct flood *flood_create(const struct rate *rate)
{
	struct flood *flood = memory_zeroed(1, sizeof(*flood));

	flood->rate = *rate;
	return flood;
}

void flood_destroy(struct flood *flood)
{
	free(flood);
}

static size_t flood_find(const struct flood *flood, const struct in6_addr *network)
{
	for (size_t i = 0; i < ADDRESSES_MAX; i++)
		if (IN6_ARE_ADDR_EQUAL(&flood->addresses[i].network, network))
			return i;
	return ADDRESSES_MAX;
}

static size_t find_least(const struct flood *flood)
{
	size_t min = 0;

	for (size_t i = 1; i < ADDRESSES_MAX; i++)
		if (flood->addresses[i].full_ms < flood->addresses[min].full_ms)
			min = i;
	return min;
}

void flood_count(struct flood *flood, const char *peer, int64_t cost, int64_t now_ms)
{
	const struct in6_addr network = peer_network_of_text(peer);
	size_t place = flood_find(flood, &network);

	if (place == ADDRESSES_MAX) {
		place = find_least(flood);
		flood->addresses[place] = (struct address){ .network = network };
	}
	rate_take_many(&flood->rate, cost, &flood->addresses[place].full_ms, now_ms);
}

int64_t flood_wait_ms(const struct flood *flood, const char *peer, int64_t now_ms)
{
	const struct in6_addr network = peer_network_of_text(peer);
	size_t place = flood_find(flood, &network);

	return place == ADDRESSES_MAX ? 0 : rate_wait_ms(&flood->rate, flood->addresses[place].full_ms, now_ms);
}
