/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/report/transfer.h"

#include "common/memory.h"
#include "pokerd/run/readable.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

/* The answer while it arrives. */
struct received {
	char bytes[OUTBOUND_BODY_BYTES_MAX];
	size_t size;
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct received *received = context;
	size_t room = sizeof(received->bytes) - received->size, kept = size * count < room ? size * count : room;

	memcpy(received->bytes + received->size, bytes, kept);
	received->size += kept;
	return size * count;
}

static struct curl_slist *transfer_headers(const struct outbound_request *request)
{
	struct curl_slist *list = NULL;

	for (size_t i = 0; i < request->header_count; i++) {
		char *line = memory_format("%s: %s", request->headers[i].name, request->headers[i].value);
		struct curl_slist *longer = curl_slist_append(list, line);
		free(line);
		if (!longer)
			abort();
		list = longer;
	}
	return list;
}

static void set_request(CURL *easy, const struct outbound_request *request, const struct curl_slist *headers)
{
	static const struct {
		CURLoption option;
		long value;
	} fixed[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_FOLLOWLOCATION, 0 },
		{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_QUICK_EXIT, 1 },
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++)
		curl_easy_setopt(easy, fixed[i].option, fixed[i].value);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "pokerd/" VERSION);
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	if (request->body) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request->body));
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
	}
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
	if (*request->ca_file)
		curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
}

void transfer_run(const struct outbound_request *request, struct outbound_answer *out)
{
	struct curl_slist *headers = transfer_headers(request);
	struct received received = { .size = 0 };
	char trouble[CURL_ERROR_SIZE] = "";
	long status = 0;
	CURL *easy = curl_easy_init();

	if (!easy)
		abort();
	set_request(easy, request, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &received);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, trouble);
	CURLcode code = curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	*out = (struct outbound_answer){ 0 };
	if (code) {
		const char *text = *trouble ? trouble : curl_easy_strerror(code);
		out->error = readable_text(text, strlen(text));
	} else {
		out->status = status;
		out->body = readable_text(received.bytes, received.size);
	}
	curl_easy_cleanup(easy);
	curl_slist_free_all(headers);
}
