/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/check.h"

#include "common/http_server.h"
#include "common/http_target.h"
#include "common/tls_files.h"
#include "common/memory.h"
#include "common/utf8.h"
#include "pokerd/verify/addressee.h"
#include "pokerd/verify/key_ring.h"
#include "pokerd/verify/rules.h"
#include "pokerd/run/spawn_environment.h"
#include "pokerd/run/spawn_identity.h"
#include "pokerd/settings.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A group in a list: "rules[1]". */
struct member {
	struct settings_report *report;
	const char *list;
	size_t place;
};

static void member_error(const struct member *member, const char *field, const char *text)
{
	char *name = memory_format("%s[%zu].%s", member->list, member->place, field);

	settings_error(member->report, name, "%s", text);
	free(name);
}

static void doubt_command(const struct member *member, const char *word, const char *where)
{
	char *name = memory_format("%s[%zu].command", member->list, member->place);

	settings_doubt(member->report, name, "\"%s\" is not an executable file%s%s", word, *where ? " in " : "", where);
	free(name);
}

/* ---- where we listen ---- */

static void check_listen(const struct pokerd_settings *settings, struct settings_report *report)
{
	bool is_plain = !*settings->tls.certificate && !*settings->tls.key;
	bool is_loopback;

	for (size_t i = 0; i < settings->listen.count; i++) {
		const char *address = settings->listen.items[i];
		if (!http_listen_check(address, &is_loopback))
			settings_error(report, "listen",
			    "found \"%s\", allowed is address:port or [address]:port with numbers only", address);
		else if (is_plain && !is_loopback)
			settings_error(report, "listen",
			    "\"%s\" is reachable from other machines, and without tls.certificate only loopback is allowed",
			    address);
	}
}

static void check_endpoints(const struct pokerd_settings *settings, struct settings_report *report)
{
	struct error err;

	for (size_t i = 0; i < settings->endpoints.count; i++)
		if (!addressee_check(settings->endpoints.items[i], &err))
			settings_error(report, "endpoints", "\"%s\": %s", settings->endpoints.items[i], err.text);
}

/* ---- the machine ---- */

static void check_paths(const struct pokerd_settings *settings, struct settings_report *report)
{
	if (*settings->state_directory != '/')
		settings_error(report, "state_directory", "found \"%s\", allowed is a path that begins with '/'",
		    settings->state_directory);
	if (*settings->control_socket != '/')
		settings_error(report, "control_socket", "found \"%s\", allowed is a path that begins with '/'",
		    settings->control_socket);
}

static void check_user(const struct pokerd_settings *settings, struct settings_report *report)
{
	const struct passwd *entry = geteuid() == 0 ? getpwnam(settings->user) : NULL;

	if (entry && !entry->pw_uid)
		settings_error(report, "user", "\"%s\" is root; allowed is an unprivileged user", settings->user);
	else if (geteuid() == 0 && !entry)
		settings_error(report, "user",
		    "the user \"%s\" does not exist; create it with: useradd --system --no-create-home --shell "
		    "/usr/sbin/nologin %s",
		    settings->user, settings->user);
}

/* ---- keys ---- */

static bool has_key(const struct pokerd_settings *settings, const char *name, size_t count)
{
	const struct key_settings *list = settings->keys.items;

	for (size_t i = 0; i < count; i++)
		if (!strcmp(list[i].name, name))
			return true;
	return false;
}

static void check_keys(const struct pokerd_settings *settings, struct settings_report *report)
{
	const struct key_settings *list = settings->keys.items;
	struct error err;

	for (size_t i = 0; i < settings->keys.count; i++) {
		const struct member member = { report, "keys", i };
		if (has_key(settings, list[i].name, i))
			member_error(&member, "name", "another key has the same name");
		if (!utf8_is_valid(list[i].name, strlen(list[i].name)))
			member_error(&member, "name", "is not UTF-8");
		if (!file_check(list[i].file, KEY_FILE_BYTES_MAX, FILE_PUBLIC, &err))
			member_error(&member, "file", err.text);
	}
}

static void check_key_files(const struct pokerd_settings *settings, struct settings_report *report)
{
	const struct key_settings *list = settings->keys.items;
	struct key_ring ring = { 0 };
	struct error err;

	for (size_t i = 0; i < settings->keys.count; i++) {
		const struct member member = { report, "keys", i };
		if (!key_ring_add_file(&ring, &list[i], &err))
			member_error(&member, "file", err.text);
	}
	key_ring_finish(&ring);
}

/* ---- rules ---- */

/* The path becomes a row of the route table, where some characters have a special meaning. */
static void check_path(const char *path, const struct member *member)
{
	struct http_target target = { 0 };
	struct error err;

	if (!http_target_parse(path, &target, &err))
		member_error(member, "path", err.text);
	else if (strpbrk(path, "%?:*") || (target.trailing_slash && target.segment_count))
		member_error(member, "path", "allowed is a path without %, ?, :, * and without a '/' at the end");
	else if (!strcmp(path, "/health"))
		member_error(member, "path", "/health is reserved");
	http_target_finish(&target);
}

static void check_patterns(const struct setting_strings *patterns, const struct member *member)
{
	struct error err;

	for (size_t i = 0; i < patterns->count; i++)
		if (!rule_pattern_check(patterns->items[i], &err))
			member_error(member, "patterns", err.text);
}

static void check_actions(const struct setting_strings *actions, const struct member *member)
{
	for (size_t i = 0; i < actions->count; i++)
		if (!rule_action_is_known(actions->items[i]))
			member_error(member, "actions", "allowed are \"create\", \"update\" and \"delete\"");
}

static void check_rule_keys(const struct pokerd_settings *settings, const struct setting_strings *keys,
    const struct member *member)
{
	for (size_t i = 0; i < keys->count; i++)
		if (!has_key(settings, keys->items[i], settings->keys.count))
			member_error(member, "keys", "no key of this name is in keys");
}

static bool is_executable(const char *path)
{
	struct stat status;
	return !stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK);
}

static const char *path_variable(const struct setting_pairs *environment)
{
	for (size_t i = 0; i < environment->count; i++)
		if (!strcmp(environment->items[i].name, "PATH"))
			return environment->items[i].value;
	return SPAWN_PATH;
}

static bool is_found_in(const char *path, const char *word)
{
	bool is_found = false;

	for (const char *end; *path && !is_found; path = *end ? end + 1 : end) {
		end = path + strcspn(path, ":");
		char *candidate = memory_format("%.*s/%s", (int)(end - path), path, word);
		is_found = is_executable(candidate);
		free(candidate);
	}
	return is_found;
}

/* The command may be installed later, so at a start this is only a doubt. The working directory of the command is "/",
   where a relative path would mean something else. */
static void check_command(const struct rule_settings *rule, const struct member *member)
{
	const char *word = rule->command.items[0], *path = path_variable(&rule->environment);

	if (!*word)
		member_error(member, "command",
		    "the first word is empty; allowed is a path that begins with '/', or a name that is searched for in PATH");
	else if (*word != '/' && strchr(word, '/'))
		member_error(member, "command",
		    "the first word is a relative path; allowed is a path that begins with '/', or a name that is searched for "
		    "in PATH");
	else if (*word == '/' && !is_executable(word))
		doubt_command(member, word, "");
	else if (*word != '/' && !is_found_in(path, word))
		doubt_command(member, word, path);
}

static void check_rules(const struct pokerd_settings *settings, struct settings_report *report)
{
	const struct rule_settings *list = settings->rules.items;
	struct spawn_identity *identity;
	struct error err;

	for (size_t i = 0; i < settings->rules.count; i++) {
		const struct member member = { report, "rules", i };
		check_path(list[i].path, &member);
		check_patterns(&list[i].patterns, &member);
		check_actions(&list[i].actions, &member);
		check_rule_keys(settings, &list[i].keys, &member);
		check_command(&list[i], &member);
		if (spawn_identity_create(list[i].run_as, &identity, &err))
			spawn_identity_destroy(identity);
		else
			member_error(&member, "run_as", err.text);
	}
}

void pokerd_check(const void *checked, struct settings_report *report)
{
	const struct pokerd_settings *settings = checked;

	check_listen(settings, report);
	tls_settings_check(&settings->tls, &settings->endpoints, report);
	check_endpoints(settings, report);
	check_paths(settings, report);
	check_user(settings, report);
	check_keys(settings, report);
	check_rules(settings, report);
}

void pokerd_check_all(const void *checked, struct settings_report *report)
{
	pokerd_check(checked, report);
	check_key_files(checked, report);
}
