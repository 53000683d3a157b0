/* addressee.h - whether the URL that a poke was addressed to is this node's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUNNER_ADDRESSEE_H
#define POKERD_RUNNER_ADDRESSEE_H

#include "common/error.h"
#include "common/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* All borrowed. */
struct addressee_options {
	const struct setting_strings *endpoints; /* not empty: these, and nothing else */
	const char *node;                        /* a name of ours besides the host's; may be "" */
	char *const *listening;                  /* "[::]:5679", "127.0.0.1:4711": the addresses we listen on */
	size_t listening_count;
};

/* As endpoint_url_parse: in any other form no poke is addressed. */
bool addressee_check(const char *url, struct error *err);

/* Compares host and port; addresses by value, names without case. Where no endpoints are set, ours are: with a port
   that we listen on the names of this host (node, its own, what /etc/hosts calls its addresses, localhost), and each
   address that a connection to one of the listening sockets can have. Reads the machine's interfaces each time, for
   they change. */
bool addressee_is_ours(const struct addressee_options *options, const char *endpoint);

/* Whether the path of that URL is the one of a rule. */
bool addressee_has_path(const char *endpoint, const char *path);

#endif
