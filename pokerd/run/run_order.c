/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/run_order.h"

#include "common/file.h"
#include "common/memory.h"
#include "common/number.h"
#include "pokerd/run/run_folder.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The file is a sequence of fields that each end with a NUL, since arguments and variables may contain any other byte.
   For a new field or another order, raise the number: a supervisor that was upgraded between the two refuses the order,
   and so the run has not begun. */
#define ORDER_FORMAT "pokerd order 1"

enum { ORDER_BYTES_MAX = 8 << 20, FIELDS_MAX = 1 << 20 };

/* ---- writing ---- */

static void order_put_text(FILE *file, const char *text)
{
	(void)fwrite(text, 1, strlen(text) + 1, file);
}

static void order_put_number(FILE *file, int64_t number)
{
	(void)fprintf(file, "%" PRId64 "%c", number, '\0');
}

static void put_command(FILE *file, const struct run_request *request)
{
	int64_t count = 0;

	while (request->argv[count])
		count++;
	order_put_number(file, count);
	for (int64_t i = 0; i < count; i++)
		order_put_text(file, request->argv[i]);
	order_put_number(file, request->environment ? (int64_t)request->environment->count : 0);
	for (size_t i = 0; request->environment && i < request->environment->count; i++) {
		order_put_text(file, request->environment->items[i].name);
		order_put_text(file, request->environment->items[i].value);
	}
	order_put_text(file, request->identity->is_other ? request->identity->name : "");
}

static void put_pokes(FILE *file, const struct run_request *request)
{
	size_t dropped = run_pokes_dropped(request->pokes);

	order_put_number(file, (int64_t)(request->dropped + dropped));
	order_put_number(file, (int64_t)(request->pokes->count - dropped));
	for (size_t i = dropped; i < request->pokes->count; i++) {
		order_put_text(file, request->pokes->list[i].id);
		order_put_text(file, request->pokes->list[i].event);
		order_put_text(file, request->pokes->list[i].about ? request->pokes->list[i].about : "");
	}
}

bool run_order_write(const char *path, const struct run_request *request, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot create %s", path);
		if (fd >= 0)
			close(fd);
		return false;
	}
	order_put_text(file, ORDER_FORMAT);
	order_put_text(file, request->rule);
	order_put_text(file, request->attempt_of ? request->attempt_of : "");
	put_command(file, request);
	put_pokes(file, request);
	order_put_number(file, request->queued_ms);
	order_put_number(file, request->time_limit_ms);
	order_put_number(file, request->grace_ms);
	order_put_number(file, (int64_t)request->output_bytes_max);
	bool failed = ferror(file);
	if (fclose(file) || failed)
		return error_set_errno(err, ERROR_UNAVAILABLE, "cannot write %s", path);
	return true;
}

/* ---- reading ---- */

struct fields {
	char *next, *end;
	bool failed; /* there were fewer, or not what they had to be */
};

static char *order_take_text(struct fields *fields)
{
	char *text = fields->next;

	if (text >= fields->end) {
		fields->failed = true;
		return (char *)"";
	}
	fields->next += strlen(text) + 1;
	return text;
}

static int64_t order_take_number(struct fields *fields, int64_t max)
{
	int64_t number = 0;

	if (!number_parse_int64(order_take_text(fields), 0, max, &number))
		fields->failed = true;
	return number;
}

/* The lists grow while there are fields: a count that is wrong takes no memory. */
static void order_take_command(struct fields *fields, struct run_order *order, const char **out_user)
{
	char **argv = NULL;
	size_t count = (size_t)order_take_number(fields, FIELDS_MAX), taken = 0;

	do {
		argv = memory_grow(argv, taken + 1, sizeof(*argv));
		argv[taken] = taken < count && !fields->failed ? order_take_text(fields) : NULL;
	} while (argv[taken++]);
	order->request.argv = argv;
	fields->failed = fields->failed || !count;
	count = (size_t)order_take_number(fields, FIELDS_MAX);
	for (struct setting_pairs *pairs = &order->environment; pairs->count < count && !fields->failed; pairs->count++) {
		pairs->items = memory_grow(pairs->items, pairs->count + 1, sizeof(*pairs->items));
		pairs->items[pairs->count].name = order_take_text(fields);
		pairs->items[pairs->count].value = order_take_text(fields);
	}
	*out_user = order_take_text(fields);
}

static void take_pokes(struct fields *fields, struct run_order *order)
{
	order->request.dropped = (size_t)order_take_number(fields, INT64_MAX);
	for (int64_t left = order_take_number(fields, FIELDS_MAX); left > 0 && !fields->failed; left--) {
		const char *id = order_take_text(fields), *event = order_take_text(fields), *about = order_take_text(fields);
		run_pokes_append(&order->pokes, id, event);
		if (*about)
			run_pokes_describe_last(&order->pokes, about);
	}
}

static bool take_fields(struct fields *fields, struct run_order *order, struct error *err)
{
	struct run_request *request = &order->request;
	const char *user;

	if (strcmp(order_take_text(fields), ORDER_FORMAT) != 0)
		return error_set(err, ERROR_INVALID, "the order of run %s is that of another version", request->run_id);
	request->rule = order_take_text(fields);
	request->attempt_of = order_take_text(fields);
	if (!*request->attempt_of)
		request->attempt_of = NULL;
	order_take_command(fields, order, &user);
	take_pokes(fields, order);
	request->queued_ms = order_take_number(fields, INT64_MAX);
	request->time_limit_ms = order_take_number(fields, INT64_MAX);
	request->grace_ms = order_take_number(fields, INT64_MAX);
	request->output_bytes_max = (uint64_t)order_take_number(fields, INT64_MAX);
	if (fields->failed || fields->next != fields->end)
		return error_set(err, ERROR_INVALID, "the order of run %s is damaged", request->run_id);
	return spawn_identity_create(user, &order->identity, err);
}

bool run_order_read(const char *runs_directory, const char *run_id, struct run_order *out, struct error *err)
{
	char *path = run_folder_path(runs_directory, run_id, RUN_FOLDER_ORDER);
	size_t size;

	*out = (struct run_order){ .request = { .runs_directory = runs_directory, .run_id = run_id } };
	bool read = file_read(path, ORDER_BYTES_MAX, FILE_SECRET, &out->bytes, &size, err);
	free(path);
	if (!read)
		return false;
	struct fields fields = { out->bytes, out->bytes + size, false };
	read = take_fields(&fields, out, err);
	out->request.environment = &out->environment;
	out->request.identity = out->identity;
	out->request.pokes = &out->pokes;
	if (!read)
		run_order_finish(out);
	return read;
}

void run_order_finish(struct run_order *order)
{
	free((void *)order->request.argv);
	free(order->environment.items);
	spawn_identity_destroy(order->identity);
	run_pokes_finish(&order->pokes);
	free(order->bytes);
	*order = (struct run_order){ 0 };
}
