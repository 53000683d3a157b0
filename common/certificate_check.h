/* certificate_check.h - why clients would reject a certificate, found before they see it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CERTIFICATE_CHECK_H
#define COMMON_CERTIFICATE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

enum certificate_flaw {
	CERTIFICATE_UNUSABLE, /* clients reject it now */
	CERTIFICATE_DOUBTFUL, /* some clients may reject it, or all will soon */
};

/* text: which certificate, and what is wrong with it; borrowed. */
typedef void certificate_complaint(void *context, enum certificate_flaw flaw, const char *text);

enum { CERTIFICATE_WARN_DAYS = 14 };

/* Reports each certificate of a chain (PEM, the server's first) that has expired, is not yet valid, or expires within
   CERTIFICATE_WARN_DAYS of now_s (wall clock); each that did not issue the one before it; and a chain that seems to
   lack an intermediate certificate: the last one says where to get its issuer, which this machine does not have as an
   authority. A text without certificates is fine: http_identity_create rejects it. */
void certificate_check_chain(const char *pem, int64_t now_s, certificate_complaint *complain, void *context);

/* Reports each certificate of a list of authorities that is not valid now or expires soon, as above. */
void certificate_check_authorities(const char *pem, int64_t now_s, certificate_complaint *complain, void *context);

/* Whether the first certificate is for this host: a name (RFC 6125), or an address as text, without brackets. */
bool certificate_is_for(const char *pem, const char *host);

#endif
