/* SPDX-License-Identifier: Apache-2.0 */
#include "common/http_server.h"

#include "common/http_address.h"
#include "common/number.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HOST_BYTES = 64, PORT_BYTES = 8 };

struct host_port {
	char host[HOST_BYTES], port[PORT_BYTES];
	bool is_ipv6;
};

/* "host:port" or "[host]:port". */
static bool split_address(const char *address, struct host_port *out)
{
	const char *colon = strrchr(address, ':'), *host = address, *end = colon;
	int64_t port;

	if (!colon || !number_parse_int64(colon + 1, 0, 65535, &port))
		return false;
	out->is_ipv6 = *host == '[';
	if (out->is_ipv6) {
		host++;
		end--;
		if (end < host || *end != ']')
			return false;
	}
	if (end <= host || (size_t)(end - host) >= sizeof(out->host))
		return false;
	memcpy(out->host, host, (size_t)(end - host));
	out->host[end - host] = '\0';
	snprintf(out->port, sizeof(out->port), "%d", (int)port);
	return true;
}

/* getaddrinfo would accept "127.1", too, as a short form. */
static bool is_dotted(const char *host)
{
	struct in_addr ignored;
	return inet_pton(AF_INET, host, &ignored) == 1;
}

static struct addrinfo *resolve(const char *address)
{
	struct host_port parts;
	struct addrinfo *found, hints = {
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
		.ai_socktype = SOCK_STREAM,
	};

	if (!split_address(address, &parts) || (!parts.is_ipv6 && !is_dotted(parts.host)))
		return NULL;
	hints.ai_family = parts.is_ipv6 ? AF_INET6 : AF_INET;
	return getaddrinfo(parts.host, parts.port, &hints, &found) == 0 ? found : NULL;
}

static bool http_listen_is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)(const void *)address;
	const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)(const void *)address;

	if (address->sa_family == AF_INET)
		return ntohl(ipv4->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	return IN6_IS_ADDR_LOOPBACK(&ipv6->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&ipv6->sin6_addr) && ipv6->sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
}

bool http_listen_check(const char *address, bool *out_is_loopback)
{
	struct addrinfo *where = resolve(address);

	if (!where)
		return false;
	*out_is_loopback = http_listen_is_loopback(where->ai_addr);
	freeaddrinfo(where);
	return true;
}

static bool bind_and_listen(int fd, const struct addrinfo *where)
{
	const int on = 1, off = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return false;
	if (where->ai_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
		return false;
	return bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, HTTP_LISTEN_BACKLOG) == 0;
}

int http_listen(const char *address, struct error *err)
{
	struct addrinfo *where = resolve(address);

	if (!where) {
		error_set(err, ERROR_INVALID, "\"%s\" is not an address to listen on, such as 127.0.0.1:5678 or [::1]:5678",
		    address);
		return -1;
	}
	int fd = socket(where->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0 || !bind_and_listen(fd, where)) {
		error_set_errno(err, ERROR_UNAVAILABLE, "cannot listen on %s", address);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(where);
	return fd;
}

bool http_listen_address(int fd, char *out, size_t out_size)
{
	struct sockaddr_storage address;
	socklen_t size = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &size) < 0)
		return false;
	return http_address_text((struct sockaddr *)&address, out, out_size);
}
