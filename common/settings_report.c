/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_report.h"
#include "common/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

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

static void add_error(struct settings_report *report, const char *name, const char *line)
{
	struct settings_errors *errors = &report->errors;

	if (has_line(errors->lines, errors->count, line))
		return;
	size_t count = errors->count++;
	errors->lines = memory_grow(errors->lines, errors->count, sizeof(*errors->lines));
	report->names = memory_grow(report->names, errors->count, sizeof(*report->names));
	errors->lines[count] = memory_text(line);
	report->names[count] = memory_text(name);
}

static void add_warning_line(struct settings_report *report, const char *line)
{
	struct settings_errors *errors = &report->errors;

	if (has_line(errors->warnings, errors->warning_count, line))
		return;
	errors->warnings = memory_grow(errors->warnings, errors->warning_count + 1, sizeof(*errors->warnings));
	errors->warnings[errors->warning_count++] = memory_text(line);
}

void settings_report_add(struct settings_report *report, const char *place, const char *name, const char *text)
{
	char *line = settings_report_format_line(place, name, text);

	add_error(report, name, line);
	free(line);
}

static void add_warning(struct settings_report *report, const char *place, const char *name, const char *text)
{
	char *line = settings_report_format_line(place, name, text);

	add_warning_line(report, line);
	free(line);
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

/* ---- a check in a process of its own ---- */

/* A finding is its kind, the setting's name and the line, each ended by a NUL; a warning has no name. */
static void write_findings(const struct settings_report *report, size_t errors, size_t warnings, int fd)
{
	for (size_t i = errors; i < report->errors.count; i++)
		dprintf(fd, "e%c%s%c%s%c", 0, report->names[i], 0, report->errors.lines[i], 0);
	for (size_t i = warnings; i < report->errors.warning_count; i++)
		dprintf(fd, "w%c%c%s%c", 0, 0, report->errors.warnings[i], 0);
}

static void read_findings(struct settings_report *report, FILE *findings)
{
	char *kind = NULL, *name = NULL, *line = NULL;
	size_t kind_room = 0, name_room = 0, line_room = 0;

	while (getdelim(&kind, &kind_room, 0, findings) > 0 && getdelim(&name, &name_room, 0, findings) > 0 &&
	       getdelim(&line, &line_room, 0, findings) > 0)
		if (*kind == 'e')
			add_error(report, name, line);
		else
			add_warning_line(report, line);
	free(kind);
	free(name);
	free(line);
}

void settings_check_apart(struct settings_report *report, const char *name,
    void (*check)(const void *settings, struct settings_report *report), const void *settings)
{
	size_t errors = report->errors.count, warnings = report->errors.warning_count;
	int fds[2] = { -1, -1 }, status = 0;
	pid_t pid = pipe2(fds, O_CLOEXEC) ? -1 : fork();

	if (!pid) {
		check(settings, report);
		write_findings(report, errors, warnings, fds[1]);
		_exit(EXIT_SUCCESS);
	}
	if (fds[1] >= 0)
		close(fds[1]);
	FILE *findings = pid > 0 ? fdopen(fds[0], "r") : NULL;
	if (findings)
		read_findings(report, findings);
	if (findings)
		fclose(findings);
	else if (fds[0] >= 0)
		close(fds[0]);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	if (!findings || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		settings_error(report, name, "cannot be checked: no process for it, or it was killed");
}

void settings_check_source(struct settings_report *report)
{
	const char *file = report->source->file;
	struct error error;

	if (!file_check(file, CHECKED_BYTES_MAX, FILE_TRUSTED, &error) && error.kind == ERROR_DENIED)
		settings_report_add(report, file, "", error.text);
}
