/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tls_files.h"

#include "common/certificate_check.h"
#include "common/clock.h"
#include "common/endpoint_url.h"
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

/* A setting whose file is being checked. */
struct checked_file {
	struct settings_report *report;
	const char *name, *path;
};

static void report_flaw(void *context, enum certificate_flaw flaw, const char *text)
{
	const struct checked_file *at = context;

	if (flaw == CERTIFICATE_UNUSABLE)
		settings_doubt(at->report, at->name, "%s: %s", at->path, text);
	else
		settings_warning(at->report, at->name, "%s: %s", at->path, text);
}

/* Texts that are not URLs are reported elsewhere. */
static void check_hosts(const struct checked_file *at, const char *pem, const struct setting_strings *endpoints)
{
	struct endpoint_url url;

	for (size_t i = 0; endpoints && i < endpoints->count; i++)
		if (endpoint_url_parse(endpoints->items[i], &url, NULL) && !certificate_is_for(pem, url.host))
			settings_doubt(at->report, at->name, "%s: the certificate is not for \"%s\", a host of endpoints", at->path,
			    url.host);
}

static void tls_files_check_pair(const char *certificate, const char *key, const struct checked_file *at,
    const struct setting_strings *endpoints, const char *key_path)
{
	struct error err;
	struct http_identity *identity = http_identity_create(certificate, key, &err);

	if (!identity) {
		settings_error(at->report, at->name, "%s with %s: %s", at->path, key_path, err.text);
		return;
	}
	http_identity_release(identity);
	certificate_check_chain(certificate, clock_wall_ms() / 1000, report_flaw, (void *)at);
	check_hosts(at, certificate, endpoints);
}

/* Checks the contents of the files. Files that cannot be read have been reported. */
static void tls_files_check_files(const struct tls_settings *settings, const struct setting_strings *endpoints,
    struct settings_report *report)
{
	const struct checked_file certificate = { report, "tls.certificate", settings->certificate };
	const struct checked_file authorities = { report, "tls.client_ca", settings->client_ca };
	struct tls_files files = { 0 };
	struct error err;

	if (tls_files_read(settings, &files, NULL)) {
		if (files.certificate && files.key)
			tls_files_check_pair(files.certificate, files.key, &certificate, endpoints, settings->key);
		if (files.client_ca && !http_tls_check_authorities(files.client_ca, &err))
			settings_error(report, "tls.client_ca", "%s: %s", settings->client_ca, err.text);
		else if (files.client_ca)
			certificate_check_authorities(files.client_ca, clock_wall_ms() / 1000, report_flaw, (void *)&authorities);
	}
	tls_files_finish(&files);
}

void tls_settings_check(const struct tls_settings *settings, const struct setting_strings *endpoints,
    struct settings_report *report)
{
	settings_check_file(report, "tls.certificate", settings->certificate, FILE_PUBLIC);
	settings_check_file(report, "tls.key", settings->key, FILE_SECRET);
	settings_check_file(report, "tls.client_ca", settings->client_ca, FILE_PUBLIC);
	if (*settings->certificate && !*settings->key)
		settings_error(report, "tls.key", "is empty; tls.certificate needs its key");
	if (*settings->key && !*settings->certificate)
		settings_error(report, "tls.certificate", "is empty; tls.key needs its certificate");
	if (*settings->client_ca && !*settings->certificate)
		settings_error(report, "tls.client_ca", "is of no use without tls.certificate");
	tls_files_check_files(settings, endpoints, report);
}
