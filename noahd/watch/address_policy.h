/* address_policy.h - which network addresses deliveries may go to. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WATCH_ADDRESS_POLICY_H
#define NOAHD_WATCH_ADDRESS_POLICY_H

#include "common/error.h"
#include "noahd/watch/address.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct address_policy_options {
	/* Each "10.0.0.0/8", "fd00::/8", "192.168.1.5" or a host pattern, "*.example.com". */
	const char *const *allow;
	size_t allow_count;
	const char *const *deny;
	size_t deny_count;
	/* Where noahd listens: "127.0.0.1:5678", "[::]:5678", as http_listen_address returns it. */
	const char *const *listen;
	size_t listen_count;
	bool (*is_local)(const struct address *address); /* NULL: address_is_local; for tests */
};

/* Whether an entry of allow or deny is valid; ERROR_INVALID. */
bool address_policy_check(const char *text, struct error *err);

/* Immutable: any thread may use it. */
struct address_policy;

/* Copies. ERROR_INVALID names the entry that is neither an address, a CIDR nor a host pattern. */
struct address_policy *address_policy_create(const struct address_policy_options *options, struct error *err);
void address_policy_destroy(struct address_policy *policy); /* NULL is fine */

/* A connection about to be made; address NULL: the host is not resolved yet. */
struct destination {
	const char *host; /* as the URL has it, IPv6 without brackets */
	const struct address *address;
	uint16_t port;
};

/* ERROR_INVALID says what forbids it. Always forbidden: link-local, multicast, unspecified, reserved and metadata
   addresses, and noahd itself. Then what deny lists; then, if allow is not empty, what it does not list; then loopback,
   unless noahd listens on loopback only or allow lists it. Without an address, only the rules for host names apply. */
bool address_policy_permits(const struct address_policy *policy, const struct destination *destination,
    struct error *err);

#endif
