/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/flood.h"

#include "common/memory.h"
#include "pokerd/link/rate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum { ADDRESSES_MAX = 256, NETWORK_BYTES = 8 };

static const struct rate refusals = { .interval_ms = 50, .burst = 200 };

struct address {
	struct in6_addr network; /* IPv4 as ::ffff:a.b.c.d */
	int64_t full_ms;         /* rate.h; when it is past, the entry is free */
};

struct flood {
	struct address addresses[ADDRESSES_MAX];
};

struct flood *flood_create(void)
{
	return memory_zeroed(1, sizeof(struct flood));
}

void flood_destroy(struct flood *flood)
{
	free(flood);
}

static struct in6_addr network_of(const char *peer)
{
	const char *colon = strrchr(peer, ':');
	size_t size = colon ? (size_t)(colon - peer) : strlen(peer);
	struct in6_addr network = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
	char text[INET6_ADDRSTRLEN] = "";

	if (*peer == '[' && size > 2) {
		peer++;
		size -= 2;
	}
	memcpy(text, peer, size < sizeof(text) ? size : 0);
	if (inet_pton(AF_INET, text, &network.s6_addr[12]) == 1)
		return network;
	if (inet_pton(AF_INET6, text, &network) == 1)
		memset(&network.s6_addr[NETWORK_BYTES], 0, sizeof(network) - NETWORK_BYTES);
	return network;
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

void flood_count_refusal(struct flood *flood, const char *peer, int64_t now_ms)
{
	const struct in6_addr network = network_of(peer);
	size_t place = flood_find(flood, &network);

	if (place == ADDRESSES_MAX) {
		place = find_least(flood);
		flood->addresses[place] = (struct address){ .network = network };
	}
	rate_take(&refusals, &flood->addresses[place].full_ms, now_ms);
}

int64_t flood_wait_ms(const struct flood *flood, const char *peer, int64_t now_ms)
{
	const struct in6_addr network = network_of(peer);
	size_t place = flood_find(flood, &network);

	return place == ADDRESSES_MAX ? 0 : rate_wait_ms(&refusals, flood->addresses[place].full_ms, now_ms);
}
