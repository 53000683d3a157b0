/* tls_files.h - the certificate that clients are greeted with, its key, and whose certificates clients must have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_TLS_FILES_H
#define COMMON_TLS_FILES_H

#include "common/error.h"
#include "common/settings.h"

#include <stdbool.h>

/* The settings "tls.certificate", "tls.key" and "tls.client_ca": the first two "": plain HTTP; the third "": every
   client is welcome. */
struct tls_settings {
	char *certificate, *key, *client_ca;
};

/* Reports what is missing, cannot be read, is readable by others, or does not belong together; also a certificate that
   clients would refuse (certificate_check.h), or that is not for the host of one of the URLs in endpoints (NULL:
   none). */
void tls_settings_check(const struct tls_settings *settings, const struct setting_strings *endpoints,
    struct settings_report *report);

/* PEM; NULL: not set. Zeroed is empty. */
struct tls_files {
	char *certificate, *key, *client_ca;
};

/* Fails as file_read does; then, too, it is to be finished. */
bool tls_files_read(const struct tls_settings *settings, struct tls_files *files, struct error *err);
/* Wipes the key. */
void tls_files_finish(struct tls_files *files);

#endif
