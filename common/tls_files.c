/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tls_files.h"

#include "common/file.h"
#include "common/http_tls.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum { PEM_BYTES_MAX = 262144 };

static bool read_pem(const char *path, enum file_secrecy secrecy, char **out, struct error *err)
{
	size_t size;

	return !*path || file_read(path, PEM_BYTES_MAX, secrecy, out, &size, err);
}

bool tls_files_read(const struct tls_settings *settings, struct tls_files *files, struct error *err)
{
	return read_pem(settings->certificate, FILE_PUBLIC, &files->certificate, err) &&
	       read_pem(settings->key, FILE_SECRET, &files->key, err) &&
	       read_pem(settings->client_ca, FILE_PUBLIC, &files->client_ca, err);
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

/* What the files hold. Those that cannot be read have been told of. */
static void check_files(const struct tls_settings *settings, struct settings_report *report)
{
	struct tls_files files = { 0 };
	struct http_identity *identity = NULL;
	struct error err;

	if (tls_files_read(settings, &files, NULL)) {
		if (files.certificate && files.key && !(identity = http_identity_create(files.certificate, files.key, &err)))
			settings_mistake(report, "tls.certificate", "%s with %s: %s", settings->certificate, settings->key,
			    err.text);
		if (files.client_ca && !http_tls_check_authorities(files.client_ca, &err))
			settings_mistake(report, "tls.client_ca", "%s: %s", settings->client_ca, err.text);
	}
	http_identity_release(identity);
	tls_files_finish(&files);
}

void tls_settings_check(const struct tls_settings *settings, struct settings_report *report)
{
	settings_check_file(report, "tls.certificate", settings->certificate, FILE_PUBLIC);
	settings_check_file(report, "tls.key", settings->key, FILE_SECRET);
	settings_check_file(report, "tls.client_ca", settings->client_ca, FILE_PUBLIC);
	if (*settings->certificate && !*settings->key)
		settings_mistake(report, "tls.key", "is empty; tls.certificate needs its key");
	if (*settings->key && !*settings->certificate)
		settings_mistake(report, "tls.certificate", "is empty; tls.key needs its certificate");
	if (*settings->client_ca && !*settings->certificate)
		settings_mistake(report, "tls.client_ca", "is of no use without tls.certificate");
	check_files(settings, report);
}
