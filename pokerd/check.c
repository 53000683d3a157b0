/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/check.h"

#include "common/endpoint_url.h"
#include "common/http_server.h"
#include "common/http_target.h"
#include "common/tls_files.h"
#include "common/memory.h"
#include "common/utf8.h"
#include "pokerd/chef/rule_command.h"
#include "pokerd/outbound/sender.h"
#include "pokerd/verify/addressee.h"
#include "pokerd/verify/key_ring.h"
#include "pokerd/verify/rules.h"
#include "pokerd/verify/status_token.h"
#include "pokerd/run/spawn_environment.h"
#include "pokerd/run/spawn_identity.h"
#include "pokerd/run/spawn_path.h"
#include "pokerd/settings.h"

#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
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

static void member_doubt(const struct member *member, const char *field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void member_doubt(const struct member *member, const char *field, const char *format, ...)
{
	char *name = memory_format("%s[%zu].%s", member->list, member->place, field), *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	settings_doubt(member->report, name, "%s", text);
	free(text);
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

/* Apart: of our two processes only the listener may ever have the key, and freed memory keeps pieces of it. */
static void check_tls(const void *checked, struct settings_report *report)
{
	const struct pokerd_settings *settings = checked;

	tls_settings_check(&settings->tls, &settings->endpoints, report);
}

/* Metrics contain no secrets, so any address is allowed. */
static void check_metrics_listen(const struct pokerd_settings *settings, struct settings_report *report)
{
	const char *address = settings->metrics_listen;
	bool is_loopback;

	if (*address && !http_listen_check(address, &is_loopback))
		settings_error(report, "metrics_listen",
		    "found \"%s\", allowed is address:port or [address]:port with numbers only, or nothing", address);
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

/* These files decide what root runs, and which pokes are known. What is missing will be made. */
static void check_state(const struct pokerd_settings *settings, struct settings_report *report)
{
	static const struct {
		const char *name; /* below the state directory */
		bool is_folder;
	} parts[] = {
		{ "/runs", true },
		{ "/ids", true },
		{ "/journal", false },
		{ "/lock", false },
		{ "/reported", false },
	};
	char *directory = realpath(settings->state_directory, NULL); /* itself, it may be behind a link */
	struct error err;

	if (!directory)
		return;
	if (!file_check_folder(directory, &err))
		settings_error(report, "state_directory", "%s", err.text);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		char *path = memory_format("%s%s", directory, parts[i].name);
		bool is_sound =
		    parts[i].is_folder ? file_check_folder(path, &err) : file_check(path, SIZE_MAX, FILE_OURS, &err);
		if (!is_sound && err.kind != ERROR_NOT_FOUND)
			settings_error(report, "state_directory", "%s", err.text);
		free(path);
	}
	free(directory);
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
		if (!file_check(list[i].file, KEY_FILE_BYTES_MAX, FILE_TRUSTED, &err))
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

/* Whether it can be read is checked in any case. */
static void check_token_file(const struct pokerd_settings *settings, struct settings_report *report)
{
	const char *file = settings->status_token_file;
	struct status_token token;
	struct error err;

	if (*file && file_check(file, STATUS_TOKEN_FILE_BYTES_MAX, FILE_SECRET, &err) &&
	    !status_token_read(file, &token, &err))
		settings_error(report, "status_token_file", "%s", err.text);
	status_token_wipe(&token);
}

/* ---- rules ---- */

/* NULL: it is not. /status and /runs are even without a token: to add one must not break the rules. */
static const char *reserved_text(const char *path)
{
	if (!strcmp(path, "/health"))
		return "/health is reserved";
	if (!strcmp(path, "/status"))
		return "/status is reserved";
	return strncmp(path, "/runs/", strlen("/runs/")) ? NULL : "all paths below /runs are reserved";
}

/* The path becomes a row of the route table, where some characters have a special meaning. */
static void check_path(const char *path, const struct member *member)
{
	struct http_target target = { 0 };
	struct error err;

	if (!http_target_parse(path, &target, &err))
		member_error(member, "path", err.text);
	else if (strpbrk(path, "%?:*") || (target.trailing_slash && target.segment_count))
		member_error(member, "path", "allowed is a path without %, ?, :, * and without a '/' at the end");
	else if (reserved_text(path))
		member_error(member, "path", reserved_text(path));
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

static void check_detected(const struct rule_settings *rule, const struct member *member)
{
	struct rule_command command;

	rule_command_find(rule, &command);
	if (!command.chef.is_installed)
		member_doubt(member, "command",
		    "neither chef-client nor cinc-client is in /opt/chef/bin, /opt/cinc/bin or %s; install one, or give a "
		    "command",
		    spawn_path_of(&rule->environment));
	else if (access(command.chef.configuration, R_OK))
		member_doubt(member, "command", "%s is installed, but %s cannot be read", command.chef.name,
		    command.chef.configuration);
	rule_command_finish(&command);
}

/* The command may be installed later, so at a start this is only a doubt. The working directory of the command is "/",
   where a relative path would mean something else. */
static void check_command(const struct rule_settings *rule, const struct member *member)
{
	const char *word = rule->command.items[0], *path = spawn_path_of(&rule->environment);
	char *found = strchr(word, '/') ? NULL : spawn_path_find("", path, word);

	if (!*word)
		member_error(member, "command",
		    "the first word is empty; allowed is a path that begins with '/', or a name that is searched for in PATH");
	else if (*word != '/' && strchr(word, '/'))
		member_error(member, "command",
		    "the first word is a relative path; allowed is a path that begins with '/', or a name that is searched for "
		    "in PATH");
	else if (*word == '/' && !spawn_path_is_executable(word))
		member_doubt(member, "command", "\"%s\" is not an executable file", word);
	else if (*word != '/' && !found)
		member_doubt(member, "command", "\"%s\" is not an executable file in %s", word, path);
	free(found);
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
		(list[i].command.count ? check_command : check_detected)(&list[i], &member);
		if (spawn_identity_create(list[i].run_as, &identity, &err))
			spawn_identity_destroy(identity);
		else
			member_error(&member, "run_as", err.text);
	}
}

static void check_lock_file(const struct pokerd_settings *settings, struct settings_report *report)
{
	const char *file = settings->chef_lock_file, *word;
	struct chef_product chef;

	if (*file && *file != '/' && strcmp(file, "auto") != 0)
		settings_error(report, "chef_lock_file",
		    "found \"%s\", allowed is \"auto\", a path that begins with '/', or nothing", file);
	if (strcmp(file, "auto") != 0)
		return;
	chef_product_find("", SPAWN_PATH, &chef);
	word = chef_product_moves_lock("", &chef);
	if (word)
		settings_warning(report, "chef_lock_file",
		    "%s sets %s, so the lock may be another than %s; if it is, give its path here", chef.configuration, word,
		    chef.lock);
	chef_product_finish(&chef);
}

/* A token that is sent without TLS would be shown to the network. */
static void check_report(const struct pokerd_settings *settings, struct settings_report *report)
{
	const char *text = settings->report.url;
	bool is_https = !strncmp(text, "https://", strlen("https://")), is_loopback = false;
	struct endpoint_url url;
	struct error err;

	settings_check_file(report, "report.token_file", settings->report.token_file, FILE_SECRET);
	settings_check_file(report, "report.ca_file", settings->report.ca_file, FILE_PUBLIC);
	if (!*text)
		return;
	if ((!is_https && strncmp(text, "http://", strlen("http://")) != 0) || strchr(text, '?')) {
		settings_error(report, "report.url", "found \"%s\", allowed is http://... or https://... without a query",
		    text);
	} else if (!endpoint_url_parse(text, &url, &err)) {
		settings_error(report, "report.url", "%s", err.text);
	} else {
		is_loopback = !strcmp(url.host, "localhost") || !strncmp(url.host, "127.", 4) || !strcmp(url.host, "::1");
		if (*settings->report.token_file && !is_https && !is_loopback)
			settings_error(report, "report.url",
			    "\"%s\" would show the token to the network; allowed is https, or http on loopback", text);
	}
	int fd = sender_open_program(NULL, &err);
	if (fd < 0)
		settings_doubt(report, "report.url", "%s", err.text);
	else
		close(fd);
}

void pokerd_check(const void *checked, struct settings_report *report)
{
	const struct pokerd_settings *settings = checked;

	check_listen(settings, report);
	settings_check_apart(report, "tls.key", check_tls, settings);
	check_metrics_listen(settings, report);
	check_endpoints(settings, report);
	settings_check_source(report);
	check_paths(settings, report);
	check_state(settings, report);
	check_user(settings, report);
	check_keys(settings, report);
	check_rules(settings, report);
	check_lock_file(settings, report);
	settings_check_file(report, "status_token_file", settings->status_token_file, FILE_SECRET);
	check_report(settings, report);
}

void pokerd_check_all(const void *checked, struct settings_report *report)
{
	pokerd_check(checked, report);
	check_key_files(checked, report);
	check_token_file(checked, report);
}
