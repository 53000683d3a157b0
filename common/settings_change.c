/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_same_struct(const struct settings_table *table, const void *a, const void *b);

static bool are_same_strings(const struct setting_strings *a, const struct setting_strings *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return a->count == b->count;
}

static bool are_same_durations(const struct setting_durations *a, const struct setting_durations *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->items_ms, b->items_ms, a->count * sizeof(*a->items_ms)) == 0);
}

static bool are_same_pairs(const struct setting_pairs *a, const struct setting_pairs *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (strcmp(a->items[i].name, b->items[i].name) != 0 || strcmp(a->items[i].value, b->items[i].value) != 0)
			return false;
	return a->count == b->count;
}

static bool are_same_groups(const struct settings_table *table, const struct setting_groups *a,
    const struct setting_groups *b)
{
	for (size_t i = 0; i < a->count && i < b->count; i++)
		if (!is_same_struct(table, (const char *)a->items + i * table->struct_bytes,
		        (const char *)b->items + i * table->struct_bytes))
			return false;
	return a->count == b->count;
}

static bool settings_change_is_same_value(const struct setting *row, const void *a, const void *b)
{
	switch (row->type) {
	case SETTING_BOOL:
		return *(const bool *)a == *(const bool *)b;
	case SETTING_INTEGER:
	case SETTING_DURATION:
		return *(const int64_t *)a == *(const int64_t *)b;
	case SETTING_CHOICE:
		return *(const int *)a == *(const int *)b;
	case SETTING_STRING:
		return strcmp(*(char *const *)a, *(char *const *)b) == 0;
	case SETTING_STRINGS:
		return are_same_strings(a, b);
	case SETTING_DURATIONS:
		return are_same_durations(a, b);
	case SETTING_PAIRS:
		return are_same_pairs(a, b);
	case SETTING_GROUPS:
		return are_same_groups(row->table, a, b);
	}
	return false;
}

static bool is_same_row(const struct setting *row, const void *a, const void *b)
{
	return settings_change_is_same_value(row, (const char *)a + row->offset, (const char *)b + row->offset);
}

static bool is_same_struct(const struct settings_table *table, const void *a, const void *b)
{
	for (size_t i = 0; i < table->count; i++)
		if (!is_same_row(&table->rows[i], a, b))
			return false;
	return true;
}

/* When a change is in effect. */
enum effect { EFFECT_NOW, EFFECT_FROM_NEXT_START };

/* Returns how many settings it has named. */
static size_t name_changed(const struct settings_table *table, const void *before, const void *after,
    enum effect effect, FILE *out)
{
	size_t count = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct setting *row = &table->rows[i];
		if (row->is_fixed == (effect == EFFECT_FROM_NEXT_START) && !is_same_row(row, before, after))
			fprintf(out, "%s%s", count++ ? ", " : "", row->name);
	}
	return count;
}

char *settings_change_text(const struct settings_table *table, const void *before, const void *after)
{
	char *live = NULL, *fixed = NULL, *text = NULL;
	size_t size;
	FILE *out = open_memstream(&live, &size);
	FILE *out_fixed = open_memstream(&fixed, &size);

	if (!out || !out_fixed)
		abort();
	size_t live_count = name_changed(table, before, after, EFFECT_NOW, out);
	size_t fixed_count = name_changed(table, before, after, EFFECT_FROM_NEXT_START, out_fixed);
	fclose(out);
	fclose(out_fixed);
	if (asprintf(&text, "%s%s%s%s%s%s", live, live_count ? ": in effect now" : "",
	        live_count && fixed_count ? "; " : "", fixed, fixed_count ? ": in effect from the next start" : "",
	        live_count || fixed_count ? "" : "no setting has changed") < 0)
		abort();
	free(live);
	free(fixed);
	return text;
}
