/* SPDX-License-Identifier: Apache-2.0 */
/* Input: a settings file; or a -o, a NUL, a settings file. It is taken, or there are mistakes. */
#include "common/memory.h"
#include "common/settings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Read by the leak sanitizer: libconfig 1.5 loses the string it has just read when wrong syntax follows. */
const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig.so";
}

/* ---- a setting of each type ---- */

struct rule {
	char *path;
	struct setting_strings command;
	struct setting_pairs environment;
};

struct sample {
	bool open;
	int64_t size;
	int engine;
	struct setting_strings listen;
	struct setting_durations retry;
	int64_t timeout_ms;
	struct setting_groups rules;
};

static const char *const engines[] = { "sqlite", "memory", NULL };

static const struct setting rule_rows[] = {
	{ .name = "path", .type = SETTING_STRING, .offset = offsetof(struct rule, path), .min = 1, .sentence = "Where." },
	{ .name = "command",
	    .type = SETTING_STRINGS,
	    .offset = offsetof(struct rule, command),
	    .default_text = "( \"true\" )",
	    .sentence = "What." },
	{ .name = "environment",
	    .type = SETTING_PAIRS,
	    .offset = offsetof(struct rule, environment),
	    .default_text = "{ }",
	    .sentence = "With." },
};
static const struct settings_table rule_table = { rule_rows, sizeof(rule_rows) / sizeof(*rule_rows),
	sizeof(struct rule) };

static const struct setting rows[] = {
	{ .name = "open",
	    .type = SETTING_BOOL,
	    .offset = offsetof(struct sample, open),
	    .default_text = "false",
	    .sentence = "Open." },
	{ .name = "size",
	    .type = SETTING_INTEGER,
	    .offset = offsetof(struct sample, size),
	    .default_text = "512",
	    .max = 4294967296,
	    .sentence = "Size." },
	{ .name = "store.engine",
	    .type = SETTING_CHOICE,
	    .offset = offsetof(struct sample, engine),
	    .default_text = "\"sqlite\"",
	    .choices = engines,
	    .sentence = "Engine." },
	{ .name = "listen",
	    .type = SETTING_STRINGS,
	    .offset = offsetof(struct sample, listen),
	    .default_text = "( )",
	    .items_max = 3,
	    .sentence = "Listen." },
	{ .name = "delivery.retry_seconds",
	    .type = SETTING_DURATIONS,
	    .offset = offsetof(struct sample, retry),
	    .default_text = "( 5 )",
	    .max = 60,
	    .unit_ms = SETTING_SECOND,
	    .sentence = "Retry." },
	{ .name = "delivery.timeout_seconds",
	    .type = SETTING_DURATION,
	    .offset = offsetof(struct sample, timeout_ms),
	    .default_text = "15",
	    .max = 300,
	    .unit_ms = SETTING_SECOND,
	    .sentence = "Timeout." },
	{ .name = "rules",
	    .type = SETTING_GROUPS,
	    .offset = offsetof(struct sample, rules),
	    .default_text = "( )",
	    .table = &rule_table,
	    .sentence = "Rules." },
};
static const struct settings_table table = { rows, sizeof(rows) / sizeof(*rows), sizeof(struct sample) };

/* ---- one input ---- */

/* A file in memory only, with these bytes; the path stays the same. */
static const char *write_file(const uint8_t *bytes, size_t size)
{
	static char path[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("settings", MFD_CLOEXEC);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	if (fd < 0 || ftruncate(fd, 0) || pwrite(fd, bytes, size, 0) != (ssize_t)size)
		abort();
	return path;
}

static void check_bounds(const struct sample *sample)
{
	if (sample->size < 0 || sample->size > 4294967296 || sample->timeout_ms > 300000 || sample->listen.count > 3)
		abort();
	for (size_t i = 0; i < sample->rules.count; i++)
		if (!*((const struct rule *)sample->rules.items)[i].path)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *end = size ? memchr(bytes, '\0', size) : NULL;
	size_t skip = end ? (size_t)(end - bytes) + 1 : 0;
	char *override = memory_copy(bytes, skip);
	const char *const overrides[] = { override };
	const struct settings_source source = { .file = write_file(bytes + skip, size - skip),
		.file_required = true,
		.overrides = overrides,
		.override_count = end != NULL };
	struct settings_errors errors;
	struct sample sample;

	if (settings_load(&table, &source, NULL, &sample, &errors)) {
		if (errors.count)
			abort();
		check_bounds(&sample);
		settings_finish(&table, &sample);
	} else if (!errors.count) {
		abort();
	}
	settings_errors_finish(&errors);
	free(override);
	return 0;
}
