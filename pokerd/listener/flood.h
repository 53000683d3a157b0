/* flood.h - addresses whose requests were refused too often, and how long they are blocked. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_FLOOD_H
#define POKERD_LISTENER_FLOOD_H

#include <stdint.h>

/* Remembers a bounded number of addresses, those with the most refusals; for IPv6 the network (/64). A sender whose
   pokes are accepted is never slowed down. */
struct flood;

struct flood *flood_create(void);
void flood_destroy(struct flood *flood); /* accepts NULL */

/* peer is "127.0.0.1:4711" or "[::1]:4711". */
void flood_count_refusal(struct flood *flood, const char *peer, int64_t now_ms);

/* How long that address must wait before its next request; 0: no wait. */
int64_t flood_wait_ms(const struct flood *flood, const char *peer, int64_t now_ms);

#endif
