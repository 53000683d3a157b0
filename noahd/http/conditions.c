/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/http/conditions.h"

#include "common/number.h"

#include <string.h>

void etag_write(const char *epoch, uint64_t revision, const char *representation, char out[ETAG_BYTES])
{
	enum { EPOCH_CHARACTERS = 8 };
	char *end = out;

	*end++ = '"';
	end = mempcpy(end, epoch, strnlen(epoch, EPOCH_CHARACTERS));
	*end++ = '-';
	end = number_write(revision, end);
	if (*representation) {
		*end++ = '-';
		end = mempcpy(end, representation, strnlen(representation, ETAG_FORM_BYTES - 1));
	}
	*end++ = '"';
	*end = '\0';
}

/* An entity tag in a list. */
struct tag {
	const char *text; /* with its quotes */
	size_t size;
	bool is_weak;
};

/* Empty members are allowed, also many (RFC 9110, 5.6.1). */
static const char *skip_separators(const char *rest)
{
	return rest + strspn(rest, " \t,");
}

/* The tag at *rest, which is put behind it. False: what stands there is none. */
static bool take_tag(const char **rest, struct tag *out)
{
	const char *start = *rest;
	bool is_weak = strncmp(start, "W/", 2) == 0;

	start += is_weak ? 2 : 0;
	if (*start != '"')
		return false;
	const char *end = start + 1;
	while (*end && *end != '"' && (unsigned char)*end > 0x20 && *end != 0x7f)
		end++;
	if (*end++ != '"' || !strchr(" \t,", *end))
		return false;
	*out = (struct tag){ start, (size_t)(end - start), is_weak };
	end += strspn(end, " \t");
	if (*end && *end != ',')
		return false;
	*rest = skip_separators(end);
	return true;
}

static bool is_any(const char *list)
{
	return strcmp(list, "*") == 0;
}

static bool conditions_check_list(const char *name, const char *list, struct error *err)
{
	struct tag tag;
	const char *rest;

	if (!list || is_any(list))
		return true;
	rest = skip_separators(list);
	bool good = *rest;
	while (good && *rest)
		good = take_tag(&rest, &tag);
	return good || error_set(err, ERROR_INVALID,
	                   "%s must be * or a list of entity tags, each in quotes, separated by commas", name);
}

bool conditions_check(const struct conditions *conditions, struct error *err)
{
	return conditions_check_list("If-Match", conditions->if_match, err) &&
	       conditions_check_list("If-None-Match", conditions->if_none_match, err);
}

/* Ours are never weak, so it is the other that decides (RFC 9110, 8.8.3.2). */
static bool is_same(const struct tag *tag, const char *etag)
{
	return tag->size == strlen(etag) && !memcmp(tag->text, etag, tag->size);
}

/* What of a tag of ours is not its form. */
static size_t formless_size(const char *etag)
{
	size_t epoch = strcspn(etag, "-");
	return etag[epoch] ? epoch + 1 + strcspn(etag + epoch + 1, "-\"") : epoch;
}

/* A client may write without asking for the representation that it has read. */
static bool is_strongly_same(const struct tag *tag, const char *etag)
{
	const size_t size = formless_size(etag);
	return !tag->is_weak && formless_size(tag->text) == size && !memcmp(tag->text, etag, size);
}

static bool list_has(const char *list, const char *etag, bool (*compare)(const struct tag *tag, const char *etag))
{
	const char *rest = skip_separators(list);
	struct tag tag;

	while (take_tag(&rest, &tag))
		if (compare(&tag, etag))
			return true;
	return false;
}

bool conditions_match(const struct conditions *conditions, const char *etag)
{
	const char *list = conditions->if_match;
	return !list || (etag && (is_any(list) || list_has(list, etag, is_strongly_same)));
}

bool conditions_none_match(const struct conditions *conditions, const char *etag)
{
	const char *list = conditions->if_none_match;
	return !list || !etag || !(is_any(list) || list_has(list, etag, is_same));
}

bool conditions_hold(const struct conditions *conditions, const char *etag, struct error *err)
{
	if (!conditions_match(conditions, etag))
		return error_set(err, ERROR_CONDITION, "Precondition failed (If-Match): the object %s",
		    etag ? "has changed" : "does not exist");
	if (!conditions_none_match(conditions, etag))
		return error_set(err, ERROR_CONDITION, "Precondition failed (If-None-Match): the object exists");
	return true;
}
