/* bare_pair - the smallest pair of processes that could do pokerd's work: a TLS listener without privileges and a
   verifier. Started by tests/bench/run: bare_pair CERTIFICATE_FILE KEY_FILE USER. Says 401 to whatever is POSTed, after
   the verifier did. */
/* SPDX-License-Identifier: Apache-2.0 */

#include <microhttpd.h>
#include <openssl/evp.h>

#include <arpa/inet.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEM_BYTES_MAX = 16384, MESSAGE_BYTES_MAX = 65536, SIGNATURE_BYTES = 64 };

struct listener {
	int verifier; /* a socket: a message goes out, one byte comes back */
	struct MHD_Response *refusal;
};

static bool ask(int verifier, const char *message, size_t size)
{
	char verdict = 0;
	size = size < MESSAGE_BYTES_MAX ? size : MESSAGE_BYTES_MAX;
	return send(verifier, message, size, 0) == (ssize_t)size && recv(verifier, &verdict, 1, 0) == 1 && verdict == 1;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **seen)
{
	struct listener *listener = context;
	(void)url, (void)method, (void)version;
	if (*seen == NULL) {
		*seen = listener;
		return MHD_YES;
	}
	if (*upload_size > 0) {
		(void)ask(listener->verifier, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	return MHD_queue_response(connection, MHD_HTTP_UNAUTHORIZED, listener->refusal);
}

static struct MHD_Daemon *start(struct listener *listener, const char *certificate, const char *key)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	static char text[] = "{\"result\":\"failure\",\"error_message\":\"signature\"}";
	listener->refusal = MHD_create_response_from_buffer(sizeof(text) - 1, text, MHD_RESPMEM_PERSISTENT);
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_TLS, 0, NULL, NULL, answer, listener, MHD_OPTION_SOCK_ADDR,
	    &address, MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_CONNECTION_LIMIT,
	    64U, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
}

static bool drop_privileges(const char *user)
{
	struct passwd *entry = getpwnam(user);
	return geteuid() != 0 ||
	       (entry != NULL && setgroups(0, NULL) == 0 && setgid(entry->pw_gid) == 0 && setuid(entry->pw_uid) == 0);
}

/* Ends when the verifier does. */
static int listen_until_alone(struct MHD_Daemon *daemon, int verifier)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event http = { .events = EPOLLIN, .data.fd = 0 };
	struct epoll_event gone = { .events = EPOLLRDHUP, .data.fd = verifier };
	epoll_ctl(epoll, EPOLL_CTL_ADD, MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd, &http);
	epoll_ctl(epoll, EPOLL_CTL_ADD, verifier, &gone);
	fprintf(stderr, "bare_pair: ready on https://127.0.0.1:%u\n",
	    (unsigned)MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
	for (;;) {
		struct epoll_event event = http;
		MHD_UNSIGNED_LONG_LONG timeout_ms;
		bool bounded = MHD_get_timeout(daemon, &timeout_ms) == MHD_YES;
		if (epoll_wait(epoll, &event, 1, bounded ? (int)timeout_ms : -1) == 1 && event.data.fd == verifier) {
			MHD_stop_daemon(daemon);
			return 0;
		}
		MHD_run(daemon);
	}
}

/* A message is a signature and what was signed. */
static int verify_until_alone(int listener)
{
	static unsigned char message[MESSAGE_BYTES_MAX];
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	ssize_t size;
	while ((size = recv(listener, message, sizeof(message), 0)) > 0) {
		char verdict = size > SIGNATURE_BYTES && EVP_DigestVerifyInit(digest, NULL, NULL, NULL, key) == 1 &&
		               EVP_DigestVerify(digest, message, SIGNATURE_BYTES, message + SIGNATURE_BYTES,
		                   (size_t)size - SIGNATURE_BYTES) == 1;
		EVP_MD_CTX_reset(digest);
		if (send(listener, &verdict, 1, 0) != 1)
			break;
	}
	EVP_MD_CTX_free(digest);
	EVP_PKEY_free(key);
	return 0;
}

static bool read_pem(const char *path, char out[PEM_BYTES_MAX])
{
	FILE *file = fopen(path, "rbe");
	if (file == NULL)
		return false;
	out[fread(out, 1, PEM_BYTES_MAX - 1, file)] = '\0';
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	static char certificate[PEM_BYTES_MAX], key[PEM_BYTES_MAX];
	int sockets[2];
	if (argc != 4 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0) {
		fprintf(stderr, "usage: bare_pair CERTIFICATE_FILE KEY_FILE USER\n");
		return 64;
	}
	pid_t listener_pid = fork();
	if (listener_pid != 0) {
		close(sockets[1]);
		return verify_until_alone(sockets[0]);
	}
	close(sockets[0]);
	struct listener listener = { .verifier = sockets[1] };
	if (!read_pem(argv[1], certificate) || !read_pem(argv[2], key))
		return 78;
	struct MHD_Daemon *daemon = start(&listener, certificate, key);
	memset(key, 0, sizeof(key));
	if (daemon == NULL || !drop_privileges(argv[3]))
		return 75;
	return listen_until_alone(daemon, sockets[1]);
}
