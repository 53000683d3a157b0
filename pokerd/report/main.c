/* main.c - pokerd-report: sends one HTTP request, read from standard input as JSON, and prints the answer as JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "common/json.h"
#include "common/memory.h"
#include "pokerd/outbound/outbound_request.h"
#include "pokerd/report/transfer.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

/* How long after the end of its time a transfer may still hang, in a look-up that cannot be abandoned. */
enum { HANG_S = 5 };

/* All of standard input; NULL: it cannot be read, or is too large. */
static char *read_input(size_t *out_size)
{
	char *bytes = memory_allocate(OUTBOUND_REQUEST_BYTES_MAX + 1);
	size_t size = fread(bytes, 1, OUTBOUND_REQUEST_BYTES_MAX + 1, stdin);

	if (ferror(stdin) || size > OUTBOUND_REQUEST_BYTES_MAX) {
		free(bytes);
		return NULL;
	}
	*out_size = size;
	return bytes;
}

static void send_request(const json_t *json, struct outbound_answer *out)
{
	struct outbound_request request;
	struct error err;

	if (!outbound_request_read(json, &request, &err)) {
		out->error = memory_format("the request is malformed: %s", err.text);
		return;
	}
	(void)alarm((unsigned)(request.timeout_ms / 1000) + HANG_S);
	transfer_run(&request, out);
}

static void answer_input(struct outbound_answer *out)
{
	size_t size;
	char *input = read_input(&size);
	json_t *json = NULL;
	struct error err;

	if (!input)
		out->error =
		    memory_format("the request cannot be read, or is larger than %d bytes", OUTBOUND_REQUEST_BYTES_MAX);
	else if (!json_decode_object(input, size, &json, &err))
		out->error = memory_format("the request is malformed: %s", err.text);
	else
		send_request(json, out);
	json_decref(json);
	free(input);
}

/* Our memory contains a token: other processes of our user must not read it. */
int main(void)
{
	struct outbound_answer answer = { 0 };

	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || curl_global_init(CURL_GLOBAL_DEFAULT))
		return EXIT_FAILURE;
	answer_input(&answer);
	json_t *json = outbound_answer_json(&answer);
	char *text = json_render(json, NULL);
	bool printed = puts(text) >= 0 && !fflush(stdout);
	free(text);
	json_decref(json);
	outbound_answer_finish(&answer);
	curl_global_cleanup();
	return printed ? EXIT_SUCCESS : EXIT_FAILURE;
}
