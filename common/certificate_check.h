/* certificate_check.h - what clients would hold against a certificate, found before they meet it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CERTIFICATE_CHECK_H
#define COMMON_CERTIFICATE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

enum certificate_flaw {
	CERTIFICATE_UNUSABLE, /* clients refuse it now */
	CERTIFICATE_DOUBTFUL, /* some may, or all will soon */
};

/* text: which certificate, what is wrong; borrowed. */
typedef void certificate_complaint(void *context, enum certificate_flaw flaw, const char *text);

enum { CERTIFICATE_WARN_DAYS = 14 };

/* Complains of each certificate of a chain (PEM, the server's first) that has expired, is not valid yet, or ends within
   CERTIFICATE_WARN_DAYS of now_s (wall clock), of one that did not issue the one before it, and of a chain that seems
   to lack an intermediate one (the last names where its issuer is to be had, and this machine does not know it as an
   authority). A text without certificates is fine: http_identity_create refuses it. */
void certificate_check_chain(const char *pem, int64_t now_s, certificate_complaint *complain, void *context);

/* Complains of each certificate of a list of authorities whose time is wrong, as above. */
void certificate_check_authorities(const char *pem, int64_t now_s, certificate_complaint *complain, void *context);

/* Whether the first certificate is for that host: a name (RFC 6125), or an address as text, without brackets. */
bool certificate_is_for(const char *pem, const char *host);

#endif
