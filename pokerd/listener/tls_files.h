/* tls_files.h - the certificate that clients are greeted with, its key, and whose certificates clients must have. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_TLS_FILES_H
#define POKERD_LISTENER_TLS_FILES_H

#include "common/error.h"
#include "pokerd/settings.h"

#include <stdbool.h>

/* PEM; NULL: not set. Zeroed is empty. */
struct tls_files {
	char *certificate, *key, *client_ca;
};

/* Fails as file_read does; then, too, it is to be finished. */
bool tls_files_read(const struct pokerd_settings *settings, struct tls_files *files, struct error *err);
/* Wipes the key. */
void tls_files_finish(struct tls_files *files);

#endif
