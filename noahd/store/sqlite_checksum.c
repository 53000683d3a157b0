/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite_checksum.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Databases contain these checksums: sqlite_schema.c defines their form, and how to change it. */

/* Larger rows are hashed in pieces. */
enum { ROW_BYTES_AT_ONCE = 2048 };

/* A column's type, and its value or its size. */
static void add_head(struct sqlite_checksum *checksum, int type, uint64_t content)
{
	unsigned char *head = checksum->heads + checksum->count * CHECKSUM_HEAD_BYTES;

	assert(checksum->count < CHECKSUM_COLUMNS_MAX);
	head[0] = (unsigned char)type;
	content = htole64(content);
	memcpy(head + 1, &content, sizeof(content));
	checksum->sizes[checksum->count++] = 0;
}

void sqlite_checksum_add_integer(struct sqlite_checksum *checksum, int64_t number)
{
	add_head(checksum, SQLITE_INTEGER, (uint64_t)number);
}

void sqlite_checksum_add_null(struct sqlite_checksum *checksum)
{
	add_head(checksum, SQLITE_NULL, 0);
}

void sqlite_checksum_add_bytes(struct sqlite_checksum *checksum, int type, const void *bytes, size_t size)
{
	add_head(checksum, type, size);
	checksum->bytes[checksum->count - 1] = bytes;
	checksum->sizes[checksum->count - 1] = size;
	checksum->size += size;
}

static void checksum_add_value(struct sqlite_checksum *checksum, sqlite3_value *value)
{
	const int type = sqlite3_value_type(value);

	if (type == SQLITE_INTEGER) {
		add_head(checksum, type, (uint64_t)sqlite3_value_int64(value));
	} else if (type == SQLITE_FLOAT) {
		double number = sqlite3_value_double(value);
		uint64_t content;
		memcpy(&content, &number, sizeof(content));
		add_head(checksum, type, content);
	} else if (type == SQLITE_NULL) {
		add_head(checksum, type, 0);
	} else {
		const void *bytes = sqlite3_value_blob(value);
		sqlite_checksum_add_bytes(checksum, type, bytes, (size_t)sqlite3_value_bytes(value));
	}
}

static uint64_t end_in_pieces(const struct sqlite_checksum *checksum)
{
	XXH3_state_t state;

	(void)XXH3_64bits_reset(&state);
	(void)XXH3_64bits_update(&state, checksum->heads, checksum->count * CHECKSUM_HEAD_BYTES);
	for (size_t i = 0; i < checksum->count; i++)
		if (checksum->sizes[i])
			(void)XXH3_64bits_update(&state, checksum->bytes[i], checksum->sizes[i]);
	return XXH3_64bits_digest(&state);
}

/* For a small row, copying is faster than hashing in pieces. */
uint64_t sqlite_checksum_end(const struct sqlite_checksum *checksum)
{
	unsigned char row[ROW_BYTES_AT_ONCE];
	size_t size = checksum->count * CHECKSUM_HEAD_BYTES;

	if (size + checksum->size > sizeof(row))
		return end_in_pieces(checksum);
	memcpy(row, checksum->heads, size);
	for (size_t i = 0; i < checksum->count; i++)
		if (checksum->sizes[i]) {
			memcpy(row + size, checksum->bytes[i], checksum->sizes[i]);
			size += checksum->sizes[i];
		}
	return XXH3_64bits(row, size);
}

static uint64_t checksum_of_values(sqlite3_value *const *values, int count)
{
	struct sqlite_checksum checksum;

	sqlite_checksum_begin(&checksum);
	for (int i = 0; i < count; i++)
		checksum_add_value(&checksum, values[i]);
	return sqlite_checksum_end(&checksum);
}

/* A column's value may be looked into by the one thread that has the connection. */
uint64_t sqlite_checksum_row(sqlite3_stmt *row, int first, int count)
{
	struct sqlite_checksum checksum;

	sqlite_checksum_begin(&checksum);
	for (int i = 0; i < count; i++)
		checksum_add_value(&checksum, sqlite3_column_value(row, first + i));
	return sqlite_checksum_end(&checksum);
}

/* ---- functions of SQL -------------------------------------------------------------------------------------------- */

static void checksum_of(sqlite3_context *context, int count, sqlite3_value **values)
{
	sqlite3_result_int64(context, (sqlite3_int64)checksum_of_values(values, count));
}

static void sqlite_checksum_checked(sqlite3_context *context, int count, sqlite3_value **values)
{
	if (count > 1 && (uint64_t)sqlite3_value_int64(values[0]) == checksum_of_values(values + 1, count - 1)) {
		sqlite3_result_value(context, values[0]);
		return;
	}
	sqlite3_result_error(context, "a row does not have its checksum", -1);
	sqlite3_result_error_code(context, SQLITE_CORRUPT);
}

static void whole_bytes(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sqlite_checksum checksum;

	sqlite_checksum_begin(&checksum);
	for (int i = 1; i < count; i++)
		checksum_add_value(&checksum, values[i]);
	if (count > 1 && (uint64_t)sqlite3_value_int64(values[0]) == sqlite_checksum_end(&checksum))
		sqlite3_result_int64(context, (sqlite3_int64)checksum.size);
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
	       sqlite3_create_function(connection, "whole_bytes", -1, flags, NULL, whole_bytes, NULL, NULL) == SQLITE_OK &&
	       sqlite3_create_function(connection, "checked", -1, flags, NULL, sqlite_checksum_checked, NULL, NULL) ==
	           SQLITE_OK &&
	       sqlite3_create_function(connection, "checksum_sum", 1, flags, NULL, NULL, add_checksum, tell_sum) ==
	           SQLITE_OK;
}
