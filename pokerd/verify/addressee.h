/* addressee.h - decides whether the URL that a poke is addressed to belongs to this node. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_VERIFY_ADDRESSEE_H
#define POKERD_VERIFY_ADDRESSEE_H

#include "common/error.h"
#include "common/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* All borrowed. */
struct addressee_options {
	const struct setting_strings *endpoints; /* if not empty, only these */
	const char *node;                        /* another name of this node, besides the host name; may be "" */
	char *const *listening;                  /* "[::]:5679", "127.0.0.1:4711": the addresses we listen on */
	size_t listening_count;
};

/* As endpoint_url_parse: pokes are never addressed in another form. */
bool addressee_check(const char *url, struct error *err);

/* Compares host and port; addresses by value, names case-insensitively. If no endpoints are set, the port must be one
   that we listen on, and the host must be a name of this host (node, the host name, the names of its addresses in
   /etc/hosts, localhost) or an address of a listening socket. Reads the machine's interfaces each time, since they
   change. */
bool addressee_is_ours(const struct addressee_options *options, const char *endpoint);

/* Whether the path of that URL is the path of a rule. */
bool addressee_has_path(const char *endpoint, const char *path);

#endif
