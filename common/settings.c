/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings.h"
#include "common/memory.h"
#include "common/settings_file.h"
#include "common/settings_report.h"
#include "common/settings_value.h"

#include <assert.h>
#include <libconfig.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_BYTES_MAX = 1 << 20 };

/* A struct that is being filled, and the prefix of its settings' names: "" for the daemon's, "keys[1]." for one group
   of a list. */
struct scope {
	struct settings_report *report;
	const struct settings_table *table;
	char *settings;
	const char *prefix;
	const char *origin; /* "-o"; NULL: the file */
};

/* ---- errors ---- */

static void settings_error_at(const struct scope *scope, const char *name, const config_setting_t *found,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void settings_error_at(const struct scope *scope, const char *name, const config_setting_t *found,
    const char *format, ...)
{
	char *text = NULL, *full = memory_format("%s%s", scope->prefix, name);
	char *place = scope->origin
	                  ? memory_text(scope->origin)
	                  : memory_format("%s:%u", scope->report->source->file, config_setting_source_line(found));
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	va_end(arguments);
	settings_report_add(scope->report, place, full, text);
	free(full);
	free(text);
	free(place);
}

static void settings_error_not_allowed(const struct scope *scope, const struct setting *row,
    const config_setting_t *wrong)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fputs("found ", out);
	setting_value_print_found(wrong, out);
	fputs(", allowed is ", out);
	setting_value_print_allowed(row, out);
	fclose(out);
	settings_error_at(scope, row->name, wrong, "%s", text);
	free(text);
}

/* ---- from libconfig's tree into a struct ---- */

static const struct setting *settings_find_row(const struct settings_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->rows[i].name, name))
			return &table->rows[i];
	return NULL;
}

static bool is_in_group(const struct setting *row, const char *group)
{
	size_t size = strlen(group);

	return !strncmp(row->name, group, size) && row->name[size] == '.';
}

static bool is_group(const struct settings_table *table, const char *name)
{
	for (size_t i = 0; i < table->count; i++)
		if (is_in_group(&table->rows[i], name))
			return true;
	return false;
}

static void store_default(const struct scope *scope, const struct setting *row);
static void read_members(const struct scope *scope, config_setting_t *group, const char *group_name);

static void set_defaults(const struct scope *scope)
{
	for (size_t i = 0; i < scope->table->count; i++)
		store_default(scope, &scope->table->rows[i]);
}

static void check_required(const struct scope *scope, config_setting_t *group)
{
	for (size_t i = 0; i < scope->table->count; i++) {
		const struct setting *row = &scope->table->rows[i];
		if (!row->default_text && !config_setting_get_member(group, row->name))
			settings_error_at(scope, row->name, group, "is missing; it must be given");
	}
}

static void read_one_group(const struct scope *outer, const struct setting *row, config_setting_t *group, size_t i,
    void *settings)
{
	char *prefix = memory_format("%s%s[%zu].", outer->prefix, row->name, i);
	const struct scope scope = { outer->report, row->table, settings, prefix, outer->origin };

	set_defaults(&scope);
	if (config_setting_is_group(group)) {
		read_members(&scope, group, "");
		check_required(&scope, group);
	} else {
		settings_error_not_allowed(outer, row, group);
	}
	free(prefix);
}

static void store_groups(const struct scope *scope, const struct setting *row, config_setting_t *found)
{
	struct setting_groups *place = (void *)(scope->settings + row->offset);
	size_t count = (size_t)config_setting_length(found);

	if (!config_setting_is_list(found) || count < row->items_min || (row->items_max && count > row->items_max)) {
		settings_error_not_allowed(scope, row, found);
		return;
	}
	setting_value_finish(row, place);
	place->count = count;
	place->items = memory_zeroed(count, row->table->struct_bytes);
	for (size_t i = 0; i < count; i++)
		read_one_group(scope, row, config_setting_get_elem(found, (unsigned)i), i,
		    (char *)place->items + i * row->table->struct_bytes);
}

static void store_found(const struct scope *scope, const struct setting *row, config_setting_t *found)
{
	config_setting_t *wrong;

	if (row->type == SETTING_GROUPS)
		store_groups(scope, row, found);
	else if (!setting_value_store(row, found, scope->settings + row->offset, &wrong))
		settings_error_not_allowed(scope, row, wrong);
}

/* A default is read as if it were in a file, so that nothing is written twice; an invalid one is a bug in the table. */
static void store_default(const struct scope *scope, const struct setting *row)
{
	size_t errors = scope->report->errors.count;
	config_t config;

	if (!row->default_text) {
		if (row->type == SETTING_STRING)
			*(char **)(void *)(scope->settings + row->offset) = memory_text("");
		return;
	}
	char *text = memory_format("value = %s;", row->default_text);
	config_init(&config);
	if (!config_read_string(&config, text))
		abort();
	store_found(scope, row, config_lookup(&config, "value"));
	assert(scope->report->errors.count == errors);
	config_destroy(&config);
	free(text);
}

/* "a, b, c": the names in a group; at the top level, each group once. */
static char *list_names(const struct settings_table *table, const char *group_name)
{
	char *names = NULL;
	size_t size, skip = *group_name ? strlen(group_name) + 1 : 0;
	FILE *out = open_memstream(&names, &size);
	const char *last = "";

	if (!out)
		abort();
	for (size_t i = 0; i < table->count; i++) {
		if (skip && !is_in_group(&table->rows[i], group_name))
			continue;
		const char *name = table->rows[i].name + skip;
		size_t length = strcspn(name, ".");
		if (!strncmp(last, name, length) && last[length] == '.')
			continue;
		fprintf(out, "%s%.*s", *last ? ", " : "", (int)length, name);
		last = name;
	}
	fclose(out);
	return names;
}

static void settings_error_unknown(const struct scope *scope, const char *name, const char *group_name,
    const config_setting_t *found)
{
	char *known = list_names(scope->table, group_name);

	settings_error_at(scope, name, found, "there is no such setting; allowed here: %s", known);
	free(known);
}

static void read_members(const struct scope *scope, config_setting_t *group, const char *group_name)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		config_setting_t *member = config_setting_get_elem(group, (unsigned)i);
		char *name = memory_format("%s%s%s", group_name, *group_name ? "." : "", config_setting_name(member));
		const struct setting *row = settings_find_row(scope->table, name);
		if (row)
			store_found(scope, row, member);
		else if (!is_group(scope->table, name))
			settings_error_unknown(scope, name, group_name, member);
		else if (config_setting_is_group(member))
			read_members(scope, member, name);
		else
			settings_error_at(scope, name, member, "must be a group { … }");
		free(name);
	}
}

/* ---- the file ---- */

static void settings_error_of_file(struct settings_report *report, size_t line, const char *text)
{
	char *place = memory_format("%s:%zu", report->source->file, line);

	settings_report_add(report, line ? place : report->source->file, "", text);
	free(place);
}

/* False: unreadable or a syntax error, which has been reported. */
static bool parse_file(struct settings_report *report, const char *text, size_t size)
{
	struct error error;
	size_t line;
	char *prepared = settings_file_prepare(text, size, &line, &error);

	if (!prepared) {
		settings_error_of_file(report, line, error.text);
		return false;
	}
	bool parsed = config_read_string(&report->file, prepared);
	if (!parsed)
		settings_error_of_file(report, (size_t)config_error_line(&report->file), config_error_text(&report->file));
	free(prepared);
	return parsed;
}

static bool read_file(const struct scope *scope)
{
	struct settings_report *report = scope->report;
	struct error error;
	char *text;
	size_t size;

	if (!file_read(report->source->file, FILE_BYTES_MAX, FILE_PUBLIC, &text, &size, &error)) {
		if (error.kind == ERROR_NOT_FOUND && !report->source->file_required)
			return true;
		settings_error_of_file(report, 0, error.text);
		return false;
	}
	bool parsed = parse_file(report, text, size);
	free(text);
	if (parsed)
		read_members(scope, config_root_setting(&report->file), "");
	return parsed;
}

/* ---- -o name=value ---- */

static void apply_override(const struct scope *scope, const char *text)
{
	char *name = memory_copy(text, strcspn(text, "="));
	const char *value = strchr(text, '=');
	const struct setting *row = settings_find_row(scope->table, name);
	config_t config;

	config_init(&config);
	config_setting_t *root = config_root_setting(&config);
	if (!value)
		settings_error_at(scope, name, root, "found no '=', allowed is NAME=VALUE");
	else if (!row)
		settings_error_unknown(scope, name, "", root);
	else if (!setting_value_parse(row, value + 1, root))
		settings_error_at(scope, name, root, "can be set in the file only");
	else
		store_found(scope, row, config_lookup(&config, "value"));
	config_destroy(&config);
	free(name);
}

/* ---- all of it ---- */

static void load_into(const struct scope *file_scope, settings_check *check)
{
	const struct settings_source *source = file_scope->report->source;
	struct scope override_scope = *file_scope;

	override_scope.origin = "-o";
	set_defaults(file_scope);
	if (!read_file(file_scope))
		return;
	for (size_t i = 0; i < source->override_count; i++)
		apply_override(&override_scope, source->overrides[i]);
	file_scope->report->read_count = file_scope->report->errors.count;
	if (check)
		check(file_scope->settings, file_scope->report);
}

bool settings_load(const struct settings_table *table, const struct settings_source *source, settings_check *check,
    void *out, struct settings_errors *out_errors)
{
	struct settings_report report;
	char *fresh = memory_zeroed(1, table->struct_bytes);
	const struct scope scope = { &report, table, fresh, "", NULL };

	settings_report_init(&report, source);
	load_into(&scope, check);
	bool loaded = !report.errors.count;
	if (loaded)
		memcpy(out, fresh, table->struct_bytes);
	else
		settings_finish(table, fresh);
	free(fresh);
	*out_errors = settings_report_finish(&report);
	return loaded;
}

void settings_finish(const struct settings_table *table, void *settings)
{
	for (size_t i = 0; i < table->count; i++)
		setting_value_finish(&table->rows[i], (char *)settings + table->rows[i].offset);
	memset(settings, 0, table->struct_bytes);
}
