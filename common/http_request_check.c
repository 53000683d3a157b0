/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_request_check.h"

#include "common/ascii.h"
#include "common/http_target.h"

#include <string.h>
#include <strings.h>

/* Fields that may occur once: of two, two readers of one request could choose differently. */
enum { FIELD_HOST, FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING, FIELD_OTHERS };

#define NAME(text)             \
	{                          \
		text, sizeof(text) - 1 \
	}
static const struct {
	const char *text;
	size_t size;
} once[] = {
	[FIELD_HOST] = NAME("Host"),
	[FIELD_CONTENT_LENGTH] = NAME("Content-Length"),
	[FIELD_TRANSFER_ENCODING] = NAME("Transfer-Encoding"),
	[FIELD_OTHERS] = NAME("Content-Type"),
	NAME("Authorization"),
	NAME("If-Match"),
	NAME("If-None-Match"),
	NAME("Origin"),
	NAME("webhook-id"),
	NAME("webhook-timestamp"),
	NAME("webhook-signature"),
};
enum { ONCE_ROWS = sizeof(once) / sizeof(*once) };

static bool is_text(const char *bytes, size_t size, const char *text)
{
	return strncasecmp(bytes, text, size) == 0 && text[size] == '\0';
}

/* tchar of RFC 9110, 5.6.2. */
static bool is_token(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		const char byte = name[i];
		if (!ascii_is_alphanumeric(byte) && (byte == '\0' || !strchr("!#$%&'*+-.^_`|~", byte)))
			return false;
	}
	return size > 0;
}

static bool has_control(const char *value, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char byte = (unsigned char)value[i];
		if ((byte < 0x20 && byte != '\t') || byte == 0x7f)
			return true;
	}
	return false;
}

size_t http_field_size(const struct http_field *field)
{
	size_t size = field->value_size;

	while (size > 0 && (field->value[size - 1] == ' ' || field->value[size - 1] == '\t'))
		size--;
	return size;
}

bool http_request_check_field(struct http_request_check *check, const struct http_field *field, struct error *err)
{
	if (!is_token(field->name, field->name_size))
		return error_set(err, ERROR_INVALID, "a header name contains a character that is not allowed in names");
	if (has_control(field->value, field->value_size))
		return error_set(err, ERROR_INVALID, "the header %.*s contains a control character",
		    (int)(field->name_size < 64 ? field->name_size : 64), field->name);
	size_t row = 0;
	while (row < ONCE_ROWS &&
	       (field->name_size != once[row].size || strncasecmp(field->name, once[row].text, once[row].size) != 0))
		row++;
	if (row == ONCE_ROWS)
		return true;
	if (check->seen & 1u << row)
		return error_set(err, ERROR_INVALID, "the header %s must not be repeated", once[row].text);
	check->seen |= 1u << row;
	check->has_content_length |= row == FIELD_CONTENT_LENGTH;
	check->has_transfer_encoding |= row == FIELD_TRANSFER_ENCODING;
	if (row == FIELD_TRANSFER_ENCODING && !is_text(field->value, field->value_size, "chunked"))
		return error_set(err, ERROR_INVALID, "the only supported Transfer-Encoding is chunked");
	if (row == FIELD_HOST && !http_authority_is_clean(field->value, http_field_size(field)))
		return error_set(err, ERROR_INVALID, "the header Host does not name a host and port");
	return true;
}

bool http_request_check_end(const struct http_request_check *check, const char *version, struct error *err)
{
	if (check->has_content_length && check->has_transfer_encoding)
		return error_set(err, ERROR_INVALID, "Content-Length and Transfer-Encoding must not be combined");
	if (check->has_transfer_encoding && strcmp(version, "HTTP/1.0") == 0)
		return error_set(err, ERROR_INVALID, "HTTP/1.0 has no Transfer-Encoding");
	if (!(check->seen & 1u << FIELD_HOST) && strcmp(version, "HTTP/1.1") == 0)
		return error_set(err, ERROR_INVALID, "the header Host is missing");
	return true;
}
