/* SPDX-License-Identifier: Apache-2.0 */
#include "common/settings_value.h"
#include "common/memory.h"
#include "common/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STRING_BYTES_MAX = 4096, ITEMS_MAX = 1000, SHOWN_BYTES_MAX = 60 };

/* The type of a row: how one value of it is stored, freed and described. */
struct value_kind {
	bool (*store)(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong);
	void (*finish)(const struct setting *row, void *place);
	void (*print_allowed)(const struct setting *row, FILE *out);
	void (*parse)(const char *text, config_setting_t *parent, const char *name); /* NULL: cannot be set by -o */
	bool is_list; /* -o gives what parse makes, by commas */
};

static bool is_list(const config_setting_t *found)
{
	return config_setting_is_list(found) || config_setting_is_array(found);
}

static bool count_is_allowed(const struct setting *row, const config_setting_t *found)
{
	size_t count = (size_t)config_setting_length(found);

	return count >= row->items_min && count <= (row->items_max ? row->items_max : ITEMS_MAX);
}

static void print_count_allowed(const struct setting *row, FILE *out)
{
	if (row->items_max)
		fprintf(out, ", %zu to %zu of them", row->items_min, row->items_max);
	else if (row->items_min)
		fprintf(out, ", at least %zu", row->items_min);
}

/* ---- true or false ---- */

static bool store_bool(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	(void)row;
	(void)out_wrong;
	if (config_setting_type(found) != CONFIG_TYPE_BOOL)
		return false;
	*(bool *)place = config_setting_get_bool(found);
	return true;
}

static void print_bool(const struct setting *row, FILE *out)
{
	(void)row;
	fputs("true or false", out);
}

static void parse_bool(const char *text, config_setting_t *parent, const char *name)
{
	bool is_true = !strcmp(text, "true");

	if (is_true || !strcmp(text, "false"))
		config_setting_set_bool(config_setting_add(parent, name, CONFIG_TYPE_BOOL), is_true);
	else
		config_setting_set_string(config_setting_add(parent, name, CONFIG_TYPE_STRING), text);
}

/* ---- numbers ---- */

static bool settings_value_is_whole_number(const config_setting_t *found)
{
	int type = config_setting_type(found);

	return type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64;
}

static bool store_integer(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	int64_t value;

	(void)out_wrong;
	if (!settings_value_is_whole_number(found))
		return false;
	value = config_setting_get_int64(found);
	if ((double)value < row->min || (double)value > row->max)
		return false;
	*(int64_t *)place = value;
	return true;
}

static void print_integer(const struct setting *row, FILE *out)
{
	fprintf(out, "a whole number, %.15g to %.15g", row->min, row->max);
}

static void parse_integer(const char *text, config_setting_t *parent, const char *name)
{
	int64_t value;

	if (number_parse_int64(text, INT64_MIN, INT64_MAX, &value))
		config_setting_set_int64(config_setting_add(parent, name, CONFIG_TYPE_INT64), value);
	else
		config_setting_set_string(config_setting_add(parent, name, CONFIG_TYPE_STRING), text);
}

static bool read_duration(const struct setting *row, const config_setting_t *found, int64_t *out_ms)
{
	double value;

	if (settings_value_is_whole_number(found))
		value = (double)config_setting_get_int64(found);
	else if (config_setting_type(found) == CONFIG_TYPE_FLOAT)
		value = config_setting_get_float(found);
	else
		return false;
	if (!(value >= row->min && value <= row->max))
		return false;
	*out_ms = (int64_t)(value * (double)row->unit_ms + 0.5);
	return true;
}

static bool store_duration(const struct setting *row, config_setting_t *found, void *place,
    config_setting_t **out_wrong)
{
	(void)out_wrong;
	return read_duration(row, found, place);
}

static void print_duration(const struct setting *row, FILE *out)
{
	fprintf(out, "%s, %.15g to %.15g", row->unit_ms == SETTING_HOUR ? "hours" : "seconds", row->min, row->max);
}

static void parse_duration(const char *text, config_setting_t *parent, const char *name)
{
	double value;

	if (number_parse_decimal(text, 0, HUGE_VAL, &value))
		config_setting_set_float(config_setting_add(parent, name, CONFIG_TYPE_FLOAT), value);
	else
		config_setting_set_string(config_setting_add(parent, name, CONFIG_TYPE_STRING), text);
}

/* ---- strings ---- */

static const char *read_string(const struct setting *row, const config_setting_t *found)
{
	const char *text = config_setting_get_string(found); /* NULL: it is not a string */
	double max = row->max > 0 ? row->max : STRING_BYTES_MAX;

	if (!text || (double)strlen(text) < row->min || (double)strlen(text) > max)
		return NULL;
	return text;
}

static bool store_string(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	const char *text = read_string(row, found);

	(void)out_wrong;
	if (!text)
		return false;
	free(*(char **)place);
	*(char **)place = memory_text(text);
	return true;
}

static void finish_string(const struct setting *row, void *place)
{
	(void)row;
	free(*(char **)place);
}

static void print_string(const struct setting *row, FILE *out)
{
	fputs("a string", out);
	if (row->max > 0)
		fprintf(out, " of %.15g to %.15g bytes", row->min, row->max);
	else if (row->min > 0)
		fputs(", not empty", out);
}

static void parse_string(const char *text, config_setting_t *parent, const char *name)
{
	config_setting_set_string(config_setting_add(parent, name, CONFIG_TYPE_STRING), text);
}

static bool store_choice(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	const char *text = config_setting_get_string(found);

	(void)out_wrong;
	for (int i = 0; text && row->choices[i]; i++) {
		if (strcmp(text, row->choices[i]))
			continue;
		*(int *)place = i;
		return true;
	}
	return false;
}

static void print_choice(const struct setting *row, FILE *out)
{
	for (size_t i = 0; row->choices[i]; i++)
		fprintf(out, "%s\"%s\"", i == 0 ? "" : row->choices[i + 1] ? ", " : " or ", row->choices[i]);
}

/* ---- lists and pairs ---- */

static void finish_strings(const struct setting *row, void *place)
{
	struct setting_strings *strings = place;

	(void)row;
	for (size_t i = 0; i < strings->count; i++)
		free(strings->items[i]);
	free(strings->items);
}

static bool store_strings(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	struct setting_strings strings = { 0 };

	if (!is_list(found) || !count_is_allowed(row, found))
		return false;
	strings.items = memory_zeroed((size_t)config_setting_length(found) + 1, sizeof(*strings.items));
	for (; strings.count < (size_t)config_setting_length(found); strings.count++) {
		config_setting_t *item = config_setting_get_elem(found, (unsigned)strings.count);
		const char *text = read_string(row, item);
		if (!text) {
			*out_wrong = item;
			finish_strings(row, &strings);
			return false;
		}
		strings.items[strings.count] = memory_text(text);
	}
	finish_strings(row, place);
	*(struct setting_strings *)place = strings;
	return true;
}

static void print_strings(const struct setting *row, FILE *out)
{
	fputs("a list; each is ", out);
	print_string(row, out);
	print_count_allowed(row, out);
}

static void finish_durations(const struct setting *row, void *place)
{
	(void)row;
	free(((struct setting_durations *)place)->items_ms);
}

static bool store_durations(const struct setting *row, config_setting_t *found, void *place,
    config_setting_t **out_wrong)
{
	struct setting_durations durations = { 0 };

	if (!is_list(found) || !count_is_allowed(row, found))
		return false;
	durations.count = (size_t)config_setting_length(found);
	durations.items_ms = memory_zeroed(durations.count, sizeof(*durations.items_ms));
	for (size_t i = 0; i < durations.count; i++) {
		config_setting_t *item = config_setting_get_elem(found, (unsigned)i);
		if (read_duration(row, item, &durations.items_ms[i]))
			continue;
		*out_wrong = item;
		finish_durations(row, &durations);
		return false;
	}
	finish_durations(row, place);
	*(struct setting_durations *)place = durations;
	return true;
}

static void print_durations(const struct setting *row, FILE *out)
{
	fputs("a list; each in ", out);
	print_duration(row, out);
	print_count_allowed(row, out);
}

static void finish_pairs(const struct setting *row, void *place)
{
	struct setting_pairs *pairs = place;

	(void)row;
	for (size_t i = 0; i < pairs->count; i++) {
		free(pairs->items[i].name);
		free(pairs->items[i].value);
	}
	free(pairs->items);
}

static bool store_pairs(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	struct setting_pairs pairs = { 0 };

	if (!config_setting_is_group(found) || !count_is_allowed(row, found))
		return false;
	pairs.items = memory_zeroed((size_t)config_setting_length(found), sizeof(*pairs.items));
	for (; pairs.count < (size_t)config_setting_length(found); pairs.count++) {
		config_setting_t *member = config_setting_get_elem(found, (unsigned)pairs.count);
		const char *text = read_string(row, member);
		if (!text) {
			*out_wrong = member;
			finish_pairs(row, &pairs);
			return false;
		}
		pairs.items[pairs.count].name = memory_text(config_setting_name(member));
		pairs.items[pairs.count].value = memory_text(text);
	}
	finish_pairs(row, place);
	*(struct setting_pairs *)place = pairs;
	return true;
}

static void print_pairs(const struct setting *row, FILE *out)
{
	fputs("a group { NAME = \"value\"; … }", out);
	print_count_allowed(row, out);
}

static void finish_groups(const struct setting *row, void *place)
{
	struct setting_groups *groups = place;

	for (size_t i = 0; i < groups->count; i++)
		settings_finish(row->table, (char *)groups->items + i * row->table->struct_bytes);
	free(groups->items);
}

static void print_groups(const struct setting *row, FILE *out)
{
	fputs("a list of groups ( { … }, … )", out);
	print_count_allowed(row, out);
}

/* ---- the types ---- */

static const struct value_kind kinds[] = {
	[SETTING_BOOL] = { store_bool, NULL, print_bool, parse_bool, false },
	[SETTING_INTEGER] = { store_integer, NULL, print_integer, parse_integer, false },
	[SETTING_DURATION] = { store_duration, NULL, print_duration, parse_duration, false },
	[SETTING_STRING] = { store_string, finish_string, print_string, parse_string, false },
	[SETTING_CHOICE] = { store_choice, NULL, print_choice, parse_string, false },
	[SETTING_STRINGS] = { store_strings, finish_strings, print_strings, parse_string, true },
	[SETTING_DURATIONS] = { store_durations, finish_durations, print_durations, parse_duration, true },
	[SETTING_PAIRS] = { store_pairs, finish_pairs, print_pairs, NULL, false },
	[SETTING_GROUPS] = { NULL, finish_groups, print_groups, NULL, false },
};

bool setting_value_store(const struct setting *row, config_setting_t *found, void *place, config_setting_t **out_wrong)
{
	config_setting_t *wrong = found;

	if (kinds[row->type].store(row, found, place, &wrong))
		return true;
	*out_wrong = wrong;
	return false;
}

bool setting_value_parse(const struct setting *row, const char *text, config_setting_t *parent)
{
	const struct value_kind *kind = &kinds[row->type];

	if (!kind->parse)
		return false;
	if (!kind->is_list) {
		kind->parse(text, parent, "value");
		return true;
	}
	config_setting_t *list = config_setting_add(parent, "value", CONFIG_TYPE_LIST);
	for (size_t size; *text; text += size + (text[size] == ',')) {
		size = strcspn(text, ",");
		char *item = memory_copy(text, size);
		kind->parse(item, list, NULL);
		free(item);
	}
	return true;
}

void setting_value_finish(const struct setting *row, void *place)
{
	if (kinds[row->type].finish)
		kinds[row->type].finish(row, place);
}

void setting_value_print_allowed(const struct setting *row, FILE *out)
{
	kinds[row->type].print_allowed(row, out);
}

void setting_value_print_found(const config_setting_t *found, FILE *out)
{
	const char *text = config_setting_get_string(found);

	switch (config_setting_type(found)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		fprintf(out, "%lld", config_setting_get_int64(found));
		break;
	case CONFIG_TYPE_FLOAT:
		fprintf(out, "%.15g", config_setting_get_float(found));
		break;
	case CONFIG_TYPE_BOOL:
		fputs(config_setting_get_bool(found) ? "true" : "false", out);
		break;
	case CONFIG_TYPE_STRING:
		fprintf(out, "\"%.*s%s\"", SHOWN_BYTES_MAX, text, strlen(text) > SHOWN_BYTES_MAX ? "…" : "");
		break;
	case CONFIG_TYPE_GROUP:
		fputs("a group", out);
		break;
	default:
		fprintf(out, "a list of %d", config_setting_length(found));
	}
}
