/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_report.h"
#include "common/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHECKED_BYTES_MAX = 1 << 20, NAME_BYTES_MAX = 256 };

void settings_report_init(struct settings_report *report, const struct settings_source *source)
{
	*report = (struct settings_report){ .source = source };
	config_init(&report->file);
}

struct settings_errors settings_report_finish(struct settings_report *report)
{
	config_destroy(&report->file);
	for (size_t i = 0; i < report->errors.count; i++)
		free(report->names[i]);
	free(report->names);
	return report->errors;
}

void settings_errors_finish(struct settings_errors *errors)
{
	for (size_t i = 0; i < errors->count; i++)
		free(errors->lines[i]);
	for (size_t i = 0; i < errors->warning_count; i++)
		free(errors->warnings[i]);
	free(errors->lines);
	free(errors->warnings);
	*errors = (struct settings_errors){ 0 };
}

static bool has_line(char *const *lines, size_t count, const char *line)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(lines[i], line))
			return true;
	return false;
}

static char *settings_report_format_line(const char *place, const char *name, const char *text)
{
	return memory_format("%s: %s%s%s", place, name, *name ? ": " : "", text);
}

void settings_report_add(struct settings_report *report, const char *place, const char *name, const char *text)
{
	struct settings_errors *errors = &report->errors;
	char *line = settings_report_format_line(place, name, text);

	if (has_line(errors->lines, errors->count, line)) {
		free(line);
		return;
	}
	size_t count = errors->count++;
	errors->lines = memory_grow(errors->lines, errors->count, sizeof(*errors->lines));
	report->names = memory_grow(report->names, errors->count, sizeof(*report->names));
	errors->lines[count] = line;
	report->names[count] = memory_text(name);
}

static void add_warning(struct settings_report *report, const char *place, const char *name, const char *text)
{
	struct settings_errors *errors = &report->errors;
	char *line = settings_report_format_line(place, name, text);

	if (has_line(errors->warnings, errors->warning_count, line)) {
		free(line);
		return;
	}
	errors->warnings = memory_grow(errors->warnings, errors->warning_count + 1, sizeof(*errors->warnings));
	errors->warnings[errors->warning_count++] = line;
}

static bool was_refused(const struct settings_report *report, const char *name)
{
	for (size_t i = 0; i < report->read_count; i++)
		if (!strcmp(report->names[i], name))
			return true;
	return false;
}

/* ---- what the daemon's check asks and reports ---- */

static bool is_overridden(const struct settings_source *source, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; i < source->override_count; i++)
		if (!strncmp(source->overrides[i], name, size) && source->overrides[i][size] == '=')
			return true;
	return false;
}

/* NULL: it is not in the file. libconfig's path for "keys[1].file" is "keys.[1].file". */
static config_setting_t *find_in_file(const struct settings_report *report, const char *name)
{
	char path[NAME_BYTES_MAX];
	size_t used = 0;

	for (; *name && used + 2 < sizeof(path); name++) {
		if (*name == '[')
			path[used++] = '.';
		path[used++] = *name;
	}
	path[used] = '\0';
	return config_lookup(&report->file, path);
}

bool settings_is_given(const struct settings_report *report, const char *name)
{
	return is_overridden(report->source, name) || find_in_file(report, name);
}

/* The line of the group that name would be in, if it is not there itself. */
static char *settings_report_locate(const struct settings_report *report, const char *name)
{
	config_setting_t *found = find_in_file(report, name);
	const char *dot = strrchr(name, '.');

	if (is_overridden(report->source, name))
		return memory_text("-o");
	if (!found && dot) {
		char *group = memory_copy(name, (size_t)(dot - name));
		found = find_in_file(report, group);
		free(group);
	}
	if (!found)
		return memory_text(report->source->file);
	return memory_format("%s:%u", report->source->file, config_setting_source_line(found));
}

static void report_finding(struct settings_report *report, const char *name,
    void (*add)(struct settings_report *report, const char *place, const char *name, const char *text),
    const char *format, va_list arguments) __attribute__((format(printf, 4, 0)));

/* A setting that could not be read has its default here, which the operator did not write. */
static void report_finding(struct settings_report *report, const char *name,
    void (*add)(struct settings_report *report, const char *place, const char *name, const char *text),
    const char *format, va_list arguments)
{
	char *text = NULL;

	if (was_refused(report, name))
		return;
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	char *place = settings_report_locate(report, name);
	char *label = memory_format("%s%s", name, settings_is_given(report, name) ? "" : " (default)");
	add(report, place, label, text);
	free(label);
	free(place);
	free(text);
}

void settings_error(struct settings_report *report, const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_finding(report, name, settings_report_add, format, arguments);
	va_end(arguments);
}

void settings_warning(struct settings_report *report, const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_finding(report, name, add_warning, format, arguments);
	va_end(arguments);
}

void settings_doubt(struct settings_report *report, const char *name, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report_finding(report, name, report->source->is_trial ? settings_report_add : add_warning, format, arguments);
	va_end(arguments);
}

void settings_check_file(struct settings_report *report, const char *name, const char *path, enum file_secrecy secrecy)
{
	struct error error;

	if (*path && !file_check(path, CHECKED_BYTES_MAX, secrecy, &error))
		settings_error(report, name, "%s", error.text);
}

void settings_check_source(struct settings_report *report)
{
	const char *file = report->source->file;
	struct error error;

	if (!file_check(file, CHECKED_BYTES_MAX, FILE_TRUSTED, &error) && error.kind == ERROR_DENIED)
		settings_report_add(report, file, "", error.text);
}
