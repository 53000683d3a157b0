/* fault.c - makes a disk full or broken for one process, or forbids it to fork, on order and as long as ordered.

   Preloaded (LD_PRELOAD=…/fault.so; under AddressSanitizer its runtime comes first), it looks into the file that
   NOAH_FAULT names before each call that changes a file, and before each fork. That file may be written, changed and
   removed at any time while the process runs. It holds one line, or nothing:

       CALL WHEN WHAT PREFIX

       CALL    write      write, pwrite
               growth     those of them that make a file longer: what a full disk refuses
               sync       fsync, fdatasync
               truncate   ftruncate
               rename     rename, by its new name
               fork       fork, by the path "/"
       WHEN    every, or a number: the so-many-th such call, once, counted since the line changed
       WHAT    ENOSPC, EIO, EDQUOT, EFBIG, EROFS, EAGAIN; kill: the process is killed there; or (of writes) short:
               half of the bytes are written, and the call says so
       PREFIX  of the paths that are meant; everything else, sockets above all, is left alone

   "growth every ENOSPC /tmp/state/" is a full disk; to free it, truncate or remove the file. A line that is none of
   this aborts the process: a test that injects nothing must not pass. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { CALL_WRITE, CALL_GROWTH, CALL_SYNC, CALL_TRUNCATE, CALL_RENAME, CALL_FORK, CALLS };

static const char *const call_names[CALLS] = { "write", "growth", "sync", "truncate", "rename", "fork" };

static const struct {
	const char *name;
	int number;
} errors[] = { { "ENOSPC", ENOSPC }, { "EIO", EIO }, { "EDQUOT", EDQUOT }, { "EFBIG", EFBIG }, { "EROFS", EROFS },
	{ "EAGAIN", EAGAIN }, { "short", 0 }, { "kill", -1 } };
enum { ERRORS = sizeof(errors) / sizeof(*errors), LINE_BYTES = PATH_MAX + 64 };

struct order {
	char line[LINE_BYTES]; /* as it was read */
	char prefix[PATH_MAX];
	enum call call;
	long count; /* 0: every */
	int number; /* of the error; 0: short; -1: kill */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct order order;
static long seen; /* calls that were meant, since the line changed */

/* By system call, so that nothing here comes back to the functions below. */
static void read_line(char line[LINE_BYTES])
{
	const char *path = getenv("NOAH_FAULT");
	int fd = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t size = fd < 0 ? 0 : read(fd, line, LINE_BYTES - 1);

	line[size > 0 ? size : 0] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void refuse(const char *what)
{
	fprintf(stderr, "fault.so: cannot make sense of \"%s\" in \"%s\"\n", what, order.line);
	abort();
}

static enum call parse_call(const char *word)
{
	for (int i = 0; i < CALLS; i++)
		if (!strcmp(word, call_names[i]))
			return (enum call)i;
	refuse(word);
	return CALLS;
}

static long parse_count(const char *word)
{
	char *end;
	long count = strtol(word, &end, 10);

	if (!strcmp(word, "every"))
		return 0;
	if (count <= 0 || *end)
		refuse(word);
	return count;
}

static int parse_error(const char *word)
{
	for (size_t i = 0; i < ERRORS; i++)
		if (!strcmp(word, errors[i].name))
			return errors[i].number;
	refuse(word);
	return 0;
}

/* False: there is no order. */
static bool read_order(void)
{
	char line[LINE_BYTES], call[16], when[24], what[16];

	read_line(line);
	if (strcmp(line, order.line) != 0) {
		memcpy(order.line, line, sizeof(line));
		seen = 0;
		if (!line[0])
			return false;
		if (sscanf(line, "%15s %23s %15s %4095[^\n]", call, when, what, order.prefix) != 4)
			refuse(line);
		order.call = parse_call(call);
		order.count = parse_count(when);
		order.number = parse_error(what);
	}
	return line[0] != '\0';
}

static bool is_meant(enum call call, const char *path)
{
	return call == order.call && !strncmp(path, order.prefix, strlen(order.prefix)) &&
	       (++seen == order.count || !order.count);
}

enum verdict { PASS, FAIL, SHORTEN };

static enum verdict judge(enum call call, const char *path)
{
	enum verdict verdict = PASS;

	pthread_mutex_lock(&lock);
	if (read_order() && is_meant(call, path)) {
		if (order.number < 0)
			raise(SIGKILL);
		verdict = order.number ? FAIL : SHORTEN;
		errno = order.number;
	}
	pthread_mutex_unlock(&lock);
	return verdict;
}

static enum verdict judge_descriptor(enum call call, int fd)
{
	char link[64], path[PATH_MAX];
	int before = errno;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t size = readlink(link, path, sizeof(path) - 1);
	errno = before;
	if (size < 0)
		return PASS;
	path[size] = '\0';
	return judge(call, path);
}

/* offset -1: where the descriptor stands. */
static enum verdict judge_write(int fd, size_t size, off_t offset)
{
	enum verdict verdict = judge_descriptor(CALL_WRITE, fd);
	struct stat status;

	if (verdict != PASS || fstat(fd, &status) || !S_ISREG(status.st_mode))
		return verdict;
	if (offset < 0)
		offset = fcntl(fd, F_GETFL) & O_APPEND ? status.st_size : lseek(fd, 0, SEEK_CUR);
	return offset + (off_t)size > status.st_size ? judge_descriptor(CALL_GROWTH, fd) : PASS;
}

static size_t shortened(size_t size, enum verdict verdict)
{
	return verdict == SHORTEN && size > 1 ? size / 2 : size;
}

ssize_t write(int fd, const void *bytes, size_t size)
{
	enum verdict verdict = judge_write(fd, size, -1);
	return verdict == FAIL ? -1 : syscall(SYS_write, fd, bytes, shortened(size, verdict));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t offset)
{
	enum verdict verdict = judge_write(fd, size, offset);
	return verdict == FAIL ? -1 : syscall(SYS_pwrite64, fd, bytes, shortened(size, verdict), offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t offset)
{
	return pwrite(fd, bytes, size, offset);
}

int fsync(int fd)
{
	return judge_descriptor(CALL_SYNC, fd) != PASS ? -1 : (int)syscall(SYS_fsync, fd);
}

int fdatasync(int fd)
{
	return judge_descriptor(CALL_SYNC, fd) != PASS ? -1 : (int)syscall(SYS_fdatasync, fd);
}

int ftruncate(int fd, off_t size)
{
	return judge_descriptor(CALL_TRUNCATE, fd) != PASS ? -1 : (int)syscall(SYS_ftruncate, fd, size);
}

int ftruncate64(int fd, off64_t size)
{
	return ftruncate(fd, size);
}

int rename(const char *from, const char *to)
{
	return judge(CALL_RENAME, to) != PASS ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Not by system call: the C library's own has to put its locks in order. */
pid_t fork(void)
{
	pid_t (*own)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, "fork");
	return judge(CALL_FORK, "/") != PASS ? -1 : own();
}
