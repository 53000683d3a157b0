/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/runner/refusals.h"

#include "common/memory.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static bool is_recent(const struct refusal *row, int64_t now_ms)
{
	return row->count && now_ms - row->last_ms < DAY_MS;
}

static void copy_printable(char *out, size_t room, const char *text)
{
	size_t size = 0;

	for (; text[size] && size + 1 < room; size++)
		out[size] = text[size] >= ' ' && text[size] <= '~' ? text[size] : '?';
	out[size] = '\0';
}

void refusals_add(struct refusals *refusals, enum refusal_kind kind, const char *from, const char *detail,
    int64_t now_ms)
{
	struct refusal *row = &refusals->rows[kind];

	if (!is_recent(row, now_ms))
		*row = (struct refusal){ 0 };
	row->count++;
	row->last_ms = now_ms;
	copy_printable(row->from, sizeof(row->from), from);
	copy_printable(row->detail, sizeof(row->detail), detail);
}

void refusals_set_offset(struct refusals *refusals, int64_t offset_s)
{
	refusals->rows[REFUSAL_CLOCK].offset_s = offset_s;
}

/* ---- what can be done ---- */

static char *remedy_for_clock(const struct refusal *row)
{
	if (!row->offset_s)
		return memory_text("these are old requests, or a clock is wrong; compare the clocks of both machines");
	return memory_format("this clock is %" PRId64 " s %s the sender's: set both by NTP",
	    row->offset_s < 0 ? -row->offset_s : row->offset_s, row->offset_s < 0 ? "ahead of" : "behind");
}

static char *remedy_for_signature(const struct refusal *row)
{
	(void)row;
	return memory_text("compare `noahd public-key` on the server with the key files of this node");
}

static char *remedy_for_addressee(const struct refusal *row)
{
	if (!*row->detail)
		return memory_text("the sender must name the URL of this node as \"endpoint\"");
	return memory_format("if that is a URL of this node, add \"%s\" to `endpoints`", row->detail);
}

static char *remedy_for_other_path(const struct refusal *row)
{
	return memory_format("it was made for \"%s\": send it there, and register the watch with the path of a rule",
	    row->detail);
}

static char *remedy_for_body(const struct refusal *row)
{
	(void)row;
	return memory_text("a poke needs \"location\" and \"action\", as a watch of noahd sends them");
}

static char *remedy_for_path(const struct refusal *row)
{
	return memory_format("add a rule with the path \"%s\", or register the watch with the path of a rule", row->detail);
}

static char *remedy_for_plain(const struct refusal *row)
{
	(void)row;
	return memory_text("this port speaks TLS: register the watch with an https:// URL");
}

static const struct {
	const char *name;
	char *(*remedy)(const struct refusal *row); /* the caller frees it */
} kinds[REFUSAL_KINDS] = {
	[REFUSAL_SIGNATURE] = { "signature", remedy_for_signature },
	[REFUSAL_CLOCK] = { "clock", remedy_for_clock },
	[REFUSAL_ADDRESSEE] = { "addressee", remedy_for_addressee },
	[REFUSAL_OTHER_PATH] = { "other path", remedy_for_other_path },
	[REFUSAL_BODY] = { "body", remedy_for_body },
	[REFUSAL_PATH] = { "path", remedy_for_path },
	[REFUSAL_PLAIN] = { "plain HTTP", remedy_for_plain },
};

static json_t *row_json(enum refusal_kind kind, const struct refusal *row, int64_t age_ms, int64_t wall_ms)
{
	char *remedy = kinds[kind].remedy(row);
	json_t *json =
	    json_pack("{s:s, s:I, s:I, s:s, s:s, s:s}", "kind", kinds[kind].name, "count", (json_int_t)row->count,
	        "last_ms", (json_int_t)(wall_ms - age_ms), "from", row->from, "detail", row->detail, "remedy", remedy);

	free(remedy);
	return json;
}

json_t *refusals_json(const struct refusals *refusals, int64_t now_ms, int64_t wall_ms)
{
	bool is_shown[REFUSAL_KINDS] = { false };
	json_t *list = json_array();

	for (;;) {
		int latest = -1;
		for (int kind = 0; kind < REFUSAL_KINDS; kind++)
			if (!is_shown[kind] && is_recent(&refusals->rows[kind], now_ms) &&
			    (latest < 0 || refusals->rows[kind].last_ms > refusals->rows[latest].last_ms))
				latest = kind;
		if (latest < 0)
			return list;
		is_shown[latest] = true;
		json_array_append_new(list, row_json((enum refusal_kind)latest, &refusals->rows[latest],
		                                now_ms - refusals->rows[latest].last_ms, wall_ms));
	}
}
