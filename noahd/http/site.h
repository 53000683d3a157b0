/* site.h - how clients reach noahd. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_HTTP_SITE_H
#define NOAHD_HTTP_SITE_H

#include <stdbool.h>
#include <stddef.h>

/* All borrowed. */
struct site {
	bool is_tls;              /* clients come over TLS */
	bool plain_tokens;        /* tokens are accepted from other machines without it too */
	bool is_local;            /* only this machine can reach noahd, */
	const char *const *names; /* under these names and those of loopback */
	size_t name_count;
	const char *public_url; /* "https://noah.example", the URL that clients use; "": the one they send */
};

#endif
