/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_reading.h"

#include "common/http_server_private.h"

#include <string.h>
#include <strings.h>

static bool is_field(const struct http_field *field, const char *name)
{
	return field->name_size == strlen(name) && strncasecmp(field->name, name, field->name_size) == 0;
}

static enum MHD_Result http_reading_read_field(void *context, enum MHD_ValueKind kind, const char *name,
    size_t name_size, const char *value, size_t value_size)
{
	struct http_reading *reading = context;
	struct http_field field = { name, name_size, value ? value : "", value_size };

	(void)kind;
	http_head_field(&reading->head, &field);
	if (name_size > 0)
		reading->headers |= http_header_bit(name, name_size);
	reading->passes = http_request_check_field(&reading->check, &field, reading->err);
	/* White space around a value is not part of it (RFC 9110, 5.5), but libmicrohttpd 0.9.75 keeps trailing white
	   space. The value is in the connection's pool: cut there, it is cut for all later readers, libmicrohttpd
	   included. */
	field.value_size = http_field_size(&field);
	if (value && field.value_size < value_size)
		((char *)value)[field.value_size] = '\0';
	if (is_field(&field, MHD_HTTP_HEADER_CONTENT_LENGTH))
		reading->content_length = field.value;
	else if (is_field(&field, MHD_HTTP_HEADER_EXPECT))
		reading->expects_continue = true;
	else if (is_field(&field, MHD_HTTP_HEADER_CONTENT_ENCODING))
		reading->is_encoded |= *field.value && strcasecmp(field.value, "identity") != 0;
	return reading->passes ? MHD_YES : MHD_NO;
}

void http_reading_take(struct http_reading *reading, struct http_request *request, const char *version)
{
	struct MHD_Connection *mhd = request->connection->mhd;

	reading->passes = true;
	reading->version = version;
	reading->size = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE)->header_size;
	http_head_begin(&reading->head, request->method, request->raw_target, request->raw_target_size, version);
	(void)MHD_get_connection_values_n(mhd, MHD_HEADER_KIND, http_reading_read_field, reading);
	if (reading->passes)
		request->headers = reading->headers;
}

bool http_reading_passes(const struct http_reading *reading)
{
	if (!reading->passes || !http_request_check_end(&reading->check, reading->version, reading->err))
		return false;
	return http_library_is_1_0() || http_head_is_whole(&reading->head, reading->size) ||
	       error_set(reading->err, ERROR_INVALID, "the head of the request is malformed");
}
