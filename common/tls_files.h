/* tls_files.h - the server's certificate, its key, and the authorities of client certificates. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_TLS_FILES_H
#define COMMON_TLS_FILES_H

#include "common/error.h"
#include "common/settings.h"

#include <stdbool.h>

/* The settings "tls.certificate", "tls.key" and "tls.client_ca". If the first two are "": plain HTTP; if the third is
   "": clients need no certificate. */
struct tls_settings {
	char *certificate, *key, *client_ca;
};

/* Reports files that are missing, unreadable, readable by others, or do not belong together; also a certificate
   that clients would reject (certificate_check.h), or that is not for the host of one of the URLs in endpoints
   (NULL: none). */
void tls_settings_check(const struct tls_settings *settings, const struct setting_strings *endpoints,
    struct settings_report *report);

/* PEM; NULL: not set. Zeroed is empty. */
struct tls_files {
	char *certificate, *key, *client_ca;
};

/* Fails as file_read does; out must be finished in that case, too. */
bool tls_files_read(const struct tls_settings *settings, struct tls_files *files, struct error *err);
/* Wipes the key. */
void tls_files_finish(struct tls_files *files);

#endif
