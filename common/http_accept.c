/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_accept.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

/* One element of the list, without surrounding separators. */
struct range {
	const char *text;
	size_t size;
	int quality;
};

enum { QUALITY_MAX = 1000 };

/* "0.25" as 250; a text that is not a number is ignored. */
static int parse_quality(const char *text)
{
	int quality = 0, unit = QUALITY_MAX;

	if (*text != '0' && *text != '1')
		return QUALITY_MAX;
	quality = (*text - '0') * unit;
	if (text[1] == '.')
		for (text += 2; *text >= '0' && *text <= '9' && unit > 1; text++)
			quality += (*text - '0') * (unit /= 10);
	return quality < QUALITY_MAX ? quality : QUALITY_MAX;
}

/* The quality among the parameters from text to end. */
static int find_quality(const char *text, const char *end)
{
	while ((text = memchr(text, ';', (size_t)(end - text)))) {
		text += 1 + strspn(text + 1, " \t");
		if (!strncasecmp(text, "q=", 2))
			return parse_quality(text + 2);
	}
	return QUALITY_MAX;
}

/* Steps along the list; false at its end. */
static bool next_range(const char **rest, struct range *out)
{
	const char *text = *rest + strspn(*rest, " \t,");
	const char *end = text + strcspn(text, ",");

	out->text = text;
	out->size = strcspn(text, "; \t,");
	out->quality = find_quality(text, end);
	*rest = end;
	return *text != '\0';
}

/* How closely a range describes a type: 3 by name, 2 as "text/...", 1 as anything, 0 not at all. */
static int specificity(const struct range *range, const char *type)
{
	size_t group = strcspn(type, "/") + 1;

	if (range->size == strlen(type) && !strncasecmp(range->text, type, range->size))
		return 3;
	if (range->size == group + 1 && !strncasecmp(range->text, type, group) && range->text[group] == '*')
		return 2;
	return range->size == 3 && !strncmp(range->text, "*/*", 3);
}

struct http_accept http_accept_find(const char *accept, const char *type)
{
	struct http_accept found = { .quality = accept ? 0 : QUALITY_MAX };
	struct range range;
	int closest = 0;

	while (accept && next_range(&accept, &range)) {
		int close = specificity(&range, type);
		if (close <= closest)
			continue;
		closest = close;
		found = (struct http_accept){ range.quality, close == 3 };
	}
	return found;
}
