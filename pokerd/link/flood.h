/* flood.h - addresses that have cost too much in vain, and how long they are blocked. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LINK_FLOOD_H
#define POKERD_LINK_FLOOD_H

#include "pokerd/link/rate.h"

#include <stdint.h>

/* Remembers a bounded number of addresses, those that have cost most; for IPv6 the network (common/peer_network.h). */
struct flood;

/* What an address may cost; copied. */
struct flood *flood_create(const struct rate *rate);
void flood_destroy(struct flood *flood); /* accepts NULL */

/* peer is "127.0.0.1:4711" or "[::1]:4711". */
void flood_count(struct flood *flood, const char *peer, int64_t cost, int64_t now_ms);

/* How long that address must wait before its next request; 0: no wait. */
int64_t flood_wait_ms(const struct flood *flood, const char *peer, int64_t now_ms);

#endif
