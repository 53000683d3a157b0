/* site.h - how clients reach noahd. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_SITE_H
#define NOAHD_HTTP_SITE_H

#include <stdbool.h>
#include <stddef.h>

/* All borrowed. */
struct site {
	bool is_tls;              /* clients come over TLS */
	bool plain_tokens;        /* tokens are taken without it from other machines too */
	bool is_local;            /* only this machine reaches noahd, */
	const char *const *names; /* under these names and those of loopback */
	size_t name_count;
	const char *public_url; /* "https://noah.example", under which clients reach noahd; "": as they say */
};

#endif
