/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/tls_files.h"

#include "common/file.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { PEM_BYTES_MAX = 262144 };

static bool read_pem(const char *path, enum file_secrecy secrecy, char **out, struct error *err)
{
	size_t size;

	return !*path || file_read(path, PEM_BYTES_MAX, secrecy, out, &size, err);
}

bool tls_files_read(const struct pokerd_settings *settings, struct tls_files *files, struct error *err)
{
	return read_pem(settings->tls.certificate, FILE_PUBLIC, &files->certificate, err) &&
	       read_pem(settings->tls.key, FILE_SECRET, &files->key, err) &&
	       read_pem(settings->tls.client_ca, FILE_PUBLIC, &files->client_ca, err);
}

void tls_files_finish(struct tls_files *files)
{
	if (files->key)
		OPENSSL_cleanse(files->key, strlen(files->key));
	free(files->certificate);
	free(files->key);
	free(files->client_ca);
	*files = (struct tls_files){ 0 };
}
