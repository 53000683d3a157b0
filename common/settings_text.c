/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- --help-settings ---- */

static void print_help(const struct settings_table *table, const char *prefix, FILE *out)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		char inner[128];
		fprintf(out, "%s%s = %s\n    ", prefix, row->name, row->default_text ? row->default_text : "(must be given)");
		setting_value_print_allowed(row, out);
		fprintf(out, "\n    %s\n", row->sentence);
		if (!row->table)
			continue;
		snprintf(inner, sizeof(inner), "%s%s[].", prefix, row->name);
		print_help(row->table, inner, out);
	}
}

char *settings_help(const struct settings_table *table)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	print_help(table, "", out);
	fclose(out);
	return text;
}

/* ---- the example file ---- */

static size_t group_size(const char *name)
{
	const char *dot = strchr(name, '.');

	return dot ? (size_t)(dot - name) : 0;
}

static bool is_same_group(const char *name, const char *other)
{
	size_t size = group_size(name);

	return size == group_size(other) && !strncmp(name, other, size);
}

static void print_row(const struct setting *row, FILE *out)
{
	size_t group = group_size(row->name);
	const char *indent = group ? "\t" : "";

	fprintf(out, "%s# %s\n%s# (", indent, row->sentence, indent);
	setting_value_print_allowed(row, out);
	fputs(")\n", out);
	for (size_t i = 0; row->table && i < row->table->count; i++) {
		const struct setting *field = &row->table->rows[i];
		fprintf(out, "%s#   %s: %s", indent, field->name, field->sentence);
		if (field->default_text)
			fprintf(out, " Default: %s", field->default_text);
		fputc('\n', out);
	}
	fprintf(out, "%s#%s = %s;\n", indent, row->name + (group ? group + 1 : 0), row->default_text);
}

static void print_example(const struct settings_table *table, FILE *out)
{
	const char *last = "";

	for (size_t i = 0; i < table->count; i++) {
		const char *name = table->rows[i].name;
		if (!is_same_group(last, name)) {
			if (group_size(last))
				fputs("};\n", out);
			fputc('\n', out);
			if (group_size(name))
				fprintf(out, "%.*s: {\n", (int)group_size(name), name);
		} else {
			fputc('\n', out);
		}
		print_row(&table->rows[i], out);
		last = name;
	}
	if (group_size(last))
		fputs("};\n", out);
}

char *settings_example(const struct settings_table *table, const char *program)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fprintf(out, "# %s.conf: the settings of %s with their defaults. To change one, remove the '#' of its line.\n",
	    program, program);
	fprintf(out, "# %s.conf(5) describes them; %s --check-config checks the file.\n", program, program);
	print_example(table, out);
	fclose(out);
	return text;
}
