/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite_checksum.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* These checksums stand in databases: sqlite_schema.c tells their form, and how to change it. */

enum { HEAD_BYTES = 9 };

/* A column's type, and its value or its size. Returns the bytes that follow for it. */
static size_t put_head(unsigned char *out, sqlite3_value *value)
{
	const int type = sqlite3_value_type(value);
	uint64_t content = 0;
	size_t size = 0;

	if (type == SQLITE_INTEGER) {
		content = (uint64_t)sqlite3_value_int64(value);
	} else if (type == SQLITE_FLOAT) {
		double number = sqlite3_value_double(value);
		memcpy(&content, &number, sizeof(content));
	} else if (type != SQLITE_NULL) {
		content = size = (size_t)sqlite3_value_bytes(value);
	}
	content = htole64(content);
	out[0] = (unsigned char)type;
	memcpy(out + 1, &content, sizeof(content));
	return size;
}

static uint64_t checksum(sqlite3_value *const *values, int count)
{
	unsigned char heads[CHECKSUM_COLUMNS_MAX * HEAD_BYTES];
	size_t sizes[CHECKSUM_COLUMNS_MAX];
	XXH3_state_t state;

	assert(count <= CHECKSUM_COLUMNS_MAX);
	for (int i = 0; i < count; i++)
		sizes[i] = put_head(heads + (size_t)i * HEAD_BYTES, values[i]);
	(void)XXH3_64bits_reset(&state);
	(void)XXH3_64bits_update(&state, heads, (size_t)count * HEAD_BYTES);
	for (int i = 0; i < count; i++)
		if (sizes[i])
			(void)XXH3_64bits_update(&state, sqlite3_value_blob(values[i]), sizes[i]);
	return XXH3_64bits_digest(&state);
}

/* A column's value may be looked into by the one thread that has the connection. */
uint64_t sqlite_checksum_row(sqlite3_stmt *row, int first, int count)
{
	sqlite3_value *values[CHECKSUM_COLUMNS_MAX];

	assert(count <= CHECKSUM_COLUMNS_MAX);
	for (int i = 0; i < count; i++)
		values[i] = sqlite3_column_value(row, first + i);
	return checksum(values, count);
}

/* ---- functions of SQL -------------------------------------------------------------------------------------------- */

static void checksum_of(sqlite3_context *context, int count, sqlite3_value **values)
{
	sqlite3_result_int64(context, (sqlite3_int64)checksum(values, count));
}

static void sqlite_checksum_checked(sqlite3_context *context, int count, sqlite3_value **values)
{
	if (count > 1 && (uint64_t)sqlite3_value_int64(values[0]) == checksum(values + 1, count - 1)) {
		sqlite3_result_value(context, values[0]);
		return;
	}
	sqlite3_result_error(context, "a row does not have its checksum", -1);
	sqlite3_result_error_code(context, SQLITE_CORRUPT);
}

static void sqlite_checksum_bytes_of(sqlite3_context *context, int count, sqlite3_value **values)
{
	sqlite3_int64 bytes = 0;

	for (int i = 0; i < count; i++)
		bytes += sqlite3_value_bytes(values[i]);
	sqlite3_result_int64(context, bytes);
}

static void add_checksum(sqlite3_context *context, int count, sqlite3_value **values)
{
	uint64_t *sum = sqlite3_aggregate_context(context, sizeof(*sum));

	(void)count;
	if (sum)
		*sum += (uint64_t)sqlite3_value_int64(values[0]);
}

static void tell_sum(sqlite3_context *context)
{
	const uint64_t *sum = sqlite3_aggregate_context(context, 0);
	sqlite3_result_int64(context, sum ? (sqlite3_int64)*sum : 0);
}

bool sqlite_checksum_register(sqlite3 *connection)
{
	const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC;

	return sqlite3_create_function(connection, "checksum_of", -1, flags, NULL, checksum_of, NULL, NULL) == SQLITE_OK &&
	       sqlite3_create_function(connection, "bytes_of", -1, flags, NULL, sqlite_checksum_bytes_of, NULL, NULL) ==
	           SQLITE_OK &&
	       sqlite3_create_function(connection, "checked", -1, flags, NULL, sqlite_checksum_checked, NULL, NULL) ==
	           SQLITE_OK &&
	       sqlite3_create_function(connection, "checksum_sum", 1, flags, NULL, NULL, add_checksum, tell_sum) ==
	           SQLITE_OK;
}
