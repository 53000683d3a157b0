/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server_private.h"

#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

/* Whether written bytes still wait for the client, and how many it has read in all. */
static bool is_behind(const struct http_connection *connection, uint64_t *out_taken_bytes)
{
	struct tcp_info information = { 0 };
	socklen_t size = sizeof(information);
	int unsent_bytes;

	if (ioctl(connection->fd, SIOCOUTQ, &unsent_bytes) < 0 || unsent_bytes == 0 ||
	    getsockopt(connection->fd, IPPROTO_TCP, TCP_INFO, &information, &size) < 0)
		return false;
	*out_taken_bytes = information.tcpi_bytes_acked;
	return true;
}

bool http_reader_is_slow(struct http_connection *connection, int64_t now_ms)
{
	const struct http_server_options *options = &connection->server->options;
	struct http_reader_pace *reader_pace = &connection->reader_pace;
	uint64_t taken_bytes;

	if (!is_behind(connection, &taken_bytes)) {
		reader_pace->since_ms = 0;
		return false;
	}
	bool is_slow = reader_pace->since_ms && now_ms - reader_pace->since_ms >= options->reader_window_ms &&
	               taken_bytes - reader_pace->taken_bytes < options->reader_bytes_min;
	if (!reader_pace->since_ms || now_ms - reader_pace->since_ms >= options->reader_window_ms)
		*reader_pace = (struct http_reader_pace){ now_ms, taken_bytes };
	return is_slow;
}
