/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/common/http_fixture.h"

struct fixture fixture;

void fixture_respond(struct http_request *request, unsigned status, const char *text)
{
	struct http_response *response = http_response_create(text, strlen(text), "text/plain");

	http_response_header(response, "X-Number", "1");
	http_response_replace_header(response, "X-Number", "2");
	http_request_respond(request, status, response);
	http_response_release(response);
}

static void fixture_release_parked(void)
{
	for (size_t i = 0; i < fixture.parked_count; i++)
		fixture_respond(fixture.parked[i], 200, "at last");
	fixture.parked_count = 0;
}

void fixture_echo(struct http_request *request)
{
	const struct http_target *target = http_request_target(request);
	const char *parameter = http_target_parameter(target, "a"), *header = http_request_header(request, "x");
	size_t size;
	const char *body = http_request_body(request, &size);

	assert_int_equal(strlen(body), size);
	char *text = memory_format("%s %s %s %s [%s]", http_request_method(request),
	    target->segment_count ? target->segments[0] : "/", parameter ? parameter : "-", header ? header : "-", body);
	fixture_respond(request, 200, text);
	free(text);
}

void fixture_handle(struct http_request *request, void *context)
{
	const struct http_target *target = http_request_target(request);
	const char *word = target->segment_count ? target->segments[0] : "/";

	(void)context;
	if (strcmp(word, "park") == 0)
		fixture.parked[fixture.parked_count++] = request;
	else if (strcmp(word, "hook") == 0)
		fixture.hooked = request;
	else if (strcmp(word, "abandon") == 0)
		http_request_abandon(request);
	else if (strcmp(word, "peer") == 0)
		fixture_respond(request, 200, http_request_peer(request));
	else if (strcmp(word, "client") == 0)
		fixture_respond(request, 200, http_request_client(request) ? http_request_client(request) : "nobody");
	else if (strcmp(word, "unchanged") == 0) {
		http_request_answer_unchanged(request);
		http_request_answer_header(request, "X-Own", "this one's");
		fixture_echo(request);
	} else
		fixture_echo(request);
	if (strcmp(word, "release") == 0)
		fixture_release_parked();
}

static int64_t fixture_answer_hooked(void *context)
{
	(void)context;
	if (fixture.hooked)
		fixture_respond(fixture.hooked, 200, "from the hook");
	fixture.hooked = NULL;
	return -1;
}

static struct http_response *fixture_refusal(unsigned status, const struct error *err, void *context)
{
	(void)status, (void)context;
	return http_response_create(err->text, strlen(err->text), "text/plain");
}

static void fixture_stop_loop(void *context, uint32_t events)
{
	(void)events;
	event_loop_stop(context);
}

static void *fixture_thread(void *context)
{
	assert_true(event_loop_run(context, NULL));
	return NULL;
}

void fixture_init(void)
{
	fixture = (struct fixture){ .loop = event_loop_create(NULL), .listen_fd = http_listen("127.0.0.1:0", NULL) };
	assert_true(fixture.listen_fd >= 0);
	assert_true(http_listen_address(fixture.listen_fd, fixture.address, sizeof(fixture.address)));
	fixture.options = (struct http_server_options){
		.loop = fixture.loop,
		.listen_fds = &fixture.listen_fd,
		.listen_fd_count = 1,
		.connections_max = 100,
		.pool_bytes = 16384,
		.body_bytes_max = FIXTURE_BODY_BYTES_MAX,
		.request_deadline_ms = 60000,
		.idle_timeout_ms = 60000,
		.handle = fixture_handle,
		.refusal = fixture_refusal,
	};
}

void fixture_run(void)
{
	fixture.stop = (struct event_source){ eventfd(0, EFD_CLOEXEC), fixture_stop_loop, fixture.loop };
	assert_true(event_loop_add(fixture.loop, &fixture.stop, EPOLLIN, NULL));
	assert_int_equal(pthread_create(&fixture.thread, NULL, fixture_thread, fixture.loop), 0);
}

void fixture_start(void)
{
	struct error err;

	fixture.server = http_server_start(&fixture.options, &err);
	if (!fixture.server)
		fail_msg("%s", err.text);
	event_loop_before_wait(fixture.loop, fixture_answer_hooked, NULL);
	fixture_run();
}

void fixture_join(void)
{
	eventfd_write(fixture.stop.fd, 1);
	pthread_join(fixture.thread, NULL);
	event_loop_remove(fixture.loop, &fixture.stop);
	close(fixture.stop.fd);
}

void fixture_finish(void)
{
	http_server_stop(fixture.server);
	event_loop_destroy(fixture.loop);
}

int fixture_up(void **state)
{
	(void)state;
	fixture_init();
	fixture_start();
	return 0;
}

int fixture_down(void **state)
{
	(void)state;
	fixture_join();
	fixture_finish();
	return 0;
}

int client_connect(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_sec = FIXTURE_PATIENCE_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	address.sin_port = htons((uint16_t)atoi(strrchr(fixture.address, ':') + 1));
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	return fd;
}

void client_send(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void client_read_head(int fd, struct answer *answer)
{
	size_t size = 0;

	do {
		ssize_t got = recv(fd, answer->head + size, 1, 0);
		if (got != 1)
			fail_msg("no answer: %zd after %zu bytes", got, size);
		answer->head[++size] = '\0';
	} while (size < 4 || strcmp(answer->head + size - 4, "\r\n\r\n") != 0);
	assert_int_equal(sscanf(answer->head, "HTTP/1.%*c %d", &answer->status), 1);
	answer->closes = strcasestr(answer->head, "\r\nConnection: close\r\n") != NULL;
}

struct answer client_answer_without_body(int fd)
{
	struct answer answer = { 0 };

	client_read_head(fd, &answer);
	return answer;
}

struct answer client_answer(int fd)
{
	struct answer answer = client_answer_without_body(fd);
	const char *length = strcasestr(answer.head, "\r\nContent-Length: ");
	size_t size = length ? (size_t)atol(length + 18) : 0;

	assert_true(size < sizeof(answer.body));
	if (size)
		assert_int_equal(recv(fd, answer.body, size, MSG_WAITALL), size);
	return answer;
}

bool client_is_answered(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, MSG_PEEK);

	assert_true(got >= 0);
	return got > 0;
}

void client_expect_bytes(int fd, const char *text)
{
	char got[256] = "";

	assert_true(strlen(text) < sizeof(got));
	(void)recv(fd, got, strlen(text), MSG_WAITALL);
	assert_string_equal(got, text);
}

void client_expect_end(int fd)
{
	char byte;

	assert_int_equal(recv(fd, &byte, 1, 0), 0);
	close(fd);
}

struct answer client_ask(int fd, const char *text)
{
	client_send(fd, text);
	return client_answer(fd);
}

void client_expect_alive(int fd)
{
	assert_string_equal(client_ask(fd, "GET /alive HTTP/1.1\r\nHost: h\r\n\r\n").body, "GET alive - - []");
}

struct answer ask_and_go_on(const char *text)
{
	int fd = client_connect();
	struct answer answer = client_ask(fd, text);

	assert_false(answer.closes);
	client_expect_alive(fd);
	close(fd);
	return answer;
}

struct answer ask_and_be_closed(const char *text)
{
	int fd = client_connect();
	struct answer answer = client_ask(fd, text);

	assert_true(answer.closes);
	client_expect_end(fd);
	return answer;
}
