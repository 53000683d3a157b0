/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file.h"
#include "common/file_draft.h"
#include "common/memory.h"
#include "common/signature.h"
#include "pokerd/commands/command_ask.h"
#include "pokerd/commands/commands.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What keygen leaves behind. public_path NULL: an HMAC secret, which has no public half. */
struct generated_key {
	struct signing_key *key;
	char *name; /* the last part of the paths */
	char *secret_path, *public_path;
};

static bool open_draft(const char *path, const char *key, mode_t mode, struct file_draft *out, struct error *err)
{
	char line[SIGNING_KEY_TEXT_BYTES + 1];
	int size = snprintf(line, sizeof(line), "%s\n", key);
	bool is_written = file_draft_open(path, out, err);

	if (is_written && (!file_write_all(out->fd, line, (size_t)size) || fchmod(out->fd, mode)))
		is_written = error_set_errno(err, file_error_kind(errno), "cannot write %s", path);
	OPENSSL_cleanse(line, sizeof(line));
	return is_written;
}

/* Both files or none; the secret one is placed first, and removed again if the other cannot be placed. */
static bool write_files(const struct generated_key *made, struct error *err)
{
	struct file_draft secret = { .fd = -1 }, public_half = { .fd = -1 };
	char text[SIGNING_KEY_TEXT_BYTES];

	signing_key_text(made->key, text);
	bool is_written = open_draft(made->secret_path, text, 0600, &secret, err);
	OPENSSL_cleanse(text, sizeof(text));
	if (is_written && made->public_path) {
		signing_key_public_text(made->key, text);
		is_written = open_draft(made->public_path, text, 0644, &public_half, err);
	}
	is_written = is_written && file_draft_place(&secret, err);
	if (is_written && made->public_path && !file_draft_place(&public_half, err)) {
		(void)unlink(made->secret_path);
		is_written = false;
	}
	file_draft_drop(&secret);
	file_draft_drop(&public_half);
	return is_written;
}

static void print_made(const struct generated_key *made)
{
	char text[SIGNING_KEY_TEXT_BYTES];

	if (!made->public_path) {
		printf("%s contains a secret (whsec_...), mode 0600.\n"
		       "Copy it to one node as /etc/noah/%s.whsec, mode 0600, and keep it where its pokes are signed.\n"
		       "Add to pokerd.conf there: { name = \"%s\"; file = \"/etc/noah/%s.whsec\"; } in keys, and \"%s\" in the "
		       "keys of a rule.\n",
		    made->secret_path, made->name, made->name, made->name, made->name);
		return;
	}
	signing_key_public_text(made->key, text);
	printf("%s\n\n"
	       "%s contains the private key (whsk_...), mode 0600. Keep it where pokes are signed, and nowhere else.\n"
	       "%s contains the public key. Copy it to each node as /etc/noah/%s.whpk.\n"
	       "Add to pokerd.conf there: { name = \"%s\"; file = \"/etc/noah/%s.whpk\"; } in keys, and \"%s\" in the keys "
	       "of a rule.\n",
	    text, made->secret_path, made->public_path, made->name, made->name, made->name, made->name);
}

static void print_made_json(const struct generated_key *made)
{
	char text[SIGNING_KEY_TEXT_BYTES];
	json_t *json =
	    json_pack("{s:s, s:s}", "kind", made->public_path ? "ed25519" : "hmac", "secret_file", made->secret_path);

	if (made->public_path) {
		signing_key_public_text(made->key, text);
		json_object_set_new(json, "public_file", json_string(made->public_path));
		json_object_set_new(json, "public_key", json_string(text));
	}
	command_print_json(json);
	json_decref(json);
}

static bool keygen_make(struct generated_key *made, struct error *err)
{
	if (!*made->name)
		return error_set(err, ERROR_INVALID, "%s: the name of a key is missing", made->secret_path);
	made->key = signing_key_generate(made->public_path ? SIGNING_KEY_PRIVATE : SIGNING_KEY_HMAC, err);
	return made->key && write_files(made, err);
}

int command_keygen(const struct command_line *line, const struct pokerd_settings *settings)
{
	const char *path = line->words[1], *slash = strrchr(path, '/');
	bool is_hmac = line->own[COMMAND_HMAC].count > 0;
	struct generated_key made = {
		.name = memory_text(slash ? slash + 1 : path),
		.secret_path = memory_format("%s.%s", path, is_hmac ? "whsec" : "whsk"),
		.public_path = is_hmac ? NULL : memory_format("%s.whpk", path),
	};
	struct error err;
	int status = EXIT_STATUS_FINE;

	(void)settings;
	if (!keygen_make(&made, &err))
		status = command_fail(&err);
	else
		(line->own[COMMAND_JSON].count ? print_made_json : print_made)(&made);
	signing_key_destroy(made.key);
	free(made.name);
	free(made.secret_path);
	free(made.public_path);
	return status;
}
