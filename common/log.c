/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include "common/clock.h"
#include "common/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MESSAGE_BYTES = 2048, LINE_BYTES = 4 * MESSAGE_BYTES + 128 }; /* an escape takes four bytes for one */

static const struct {
	const char *name;
	int priority; /* syslog(3)'s */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", 3 },
	[LOG_LEVEL_WARNING] = { "warning", 4 },
	[LOG_LEVEL_INFO] = { "info", 6 },
	[LOG_LEVEL_DEBUG] = { "debug", 7 },
};

static char program_name[32] = "noah";
static bool to_journal;
static atomic_int level_shown = LOG_LEVEL_INFO;
static atomic_ulong lines_lost; /* since the last line that was written */

static _Thread_local struct {
	bool is_open;
	size_t size;
	unsigned long lines;
	char text[PIPE_BUF]; /* which a pipe takes as a whole or not at all */
} gathered;

/* systemd.exec(5), JOURNAL_STREAM: priorities reach the journal only if stderr is still that stream. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char is[64];

	if (!stream || fstat(STDERR_FILENO, &status))
		return false;
	snprintf(is, sizeof(is), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return !strcmp(stream, is);
}

static void fill_standard_descriptors(void)
{
	int fd;

	/* open takes the lowest free descriptor. */
	while ((fd = open("/dev/null", O_RDWR)) >= 0 && fd <= STDERR_FILENO)
		;
	if (fd > STDERR_FILENO)
		close(fd);
}

/* Writing to a pipe without a reader must not block. The pipe is opened again, since other writers of the same
   description may want to block. */
static void unblock_pipe(void)
{
	struct stat status;

	if (fstat(STDERR_FILENO, &status) || !S_ISFIFO(status.st_mode))
		return;
	int fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)dup2(fd, STDERR_FILENO);
	close(fd);
}

void log_start(const char *program)
{
	fill_standard_descriptors();
	unblock_pipe();
	snprintf(program_name, sizeof(program_name), "%s", program);
	to_journal = stderr_is_journal();
}

void log_set_level(enum log_level level)
{
	atomic_store(&level_shown, level);
}

bool log_shows(enum log_level level)
{
	return (int)level <= atomic_load(&level_shown);
}

/* C1 controls (U+0080 to U+009F) control terminals as the ASCII ones do. */
static bool log_is_control(const char *sequence, size_t length)
{
	const unsigned char *bytes = (const unsigned char *)sequence;

	if (length == 1)
		return bytes[0] < 0x20 || bytes[0] == 0x7f;
	return length == 2 && bytes[0] == 0xc2 && bytes[1] < 0xa0;
}

/* Returns the end of the output. out has room for four bytes for each byte of text. */
static char *escape(const char *text, size_t size, char *out)
{
	static const char digits[] = "0123456789abcdef";

	while (size) {
		if (*text >= 0x20 && *text < 0x7f) {
			*out++ = *text++;
			size--;
			continue;
		}
		size_t length = utf8_sequence(text, size);
		if (length && !log_is_control(text, length)) {
			memcpy(out, text, length);
			out += length;
		} else {
			unsigned char byte = (unsigned char)*text;
			const char escaped[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };
			memcpy(out, escaped, sizeof(escaped));
			out += sizeof(escaped);
			length = 1;
		}
		text += length;
		size -= length;
	}
	return out;
}

/* If stderr takes nothing, the line is counted, and a later one may report it. */
static void log_write_lines(const char *text, size_t size, unsigned long lines)
{
	if (size > 0 && write(STDERR_FILENO, text, size) < 0)
		atomic_fetch_add(&lines_lost, lines);
}

static void write_gathered(void)
{
	log_write_lines(gathered.text, gathered.size, gathered.lines);
	gathered.size = gathered.lines = 0;
}

static void write_or_gather(const char *line, size_t size)
{
	if (gathered.size + size > sizeof(gathered.text))
		write_gathered();
	if (!gathered.is_open || size > sizeof(gathered.text)) {
		log_write_lines(line, size, 1);
		return;
	}
	memcpy(gathered.text + gathered.size, line, size);
	gathered.size += size;
	gathered.lines++;
}

static void put_line(enum log_level level, const char *message)
{
	char line[LINE_BYTES], now[CLOCK_RFC3339_BYTES];
	int head;

	if (to_journal)
		head = snprintf(line, 128, "<%d>%s: ", levels[level].priority, program_name);
	else
		head = snprintf(line, 128, "%s %s %s: ", levels[level].name, clock_rfc3339(clock_wall_ms(), now), program_name);
	char *end = escape(message, strlen(message), line + head);
	*end++ = '\n';
	write_or_gather(line, (size_t)(end - line));
}

static void report_lost_lines(void)
{
	unsigned long lost = atomic_exchange(&lines_lost, 0);
	char message[80];

	if (!lost)
		return;
	snprintf(message, sizeof(message), "%lu lines of the log found no room and are lost", lost);
	put_line(LOG_LEVEL_WARNING, message);
	if (atomic_load(&lines_lost))
		atomic_fetch_add(&lines_lost, lost - 1);
}

void log_gather(void)
{
	gathered.is_open = true;
}

void log_release(void)
{
	write_gathered();
	gathered.is_open = false;
	report_lost_lines();
}

static void log_line(enum log_level level, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));

static void log_line(enum log_level level, const char *format, va_list arguments)
{
	char message[MESSAGE_BYTES];
	int saved_errno = errno;

	vsnprintf(message, sizeof(message), format, arguments);
	if (!gathered.is_open)
		report_lost_lines();
	put_line(level, message);
	errno = saved_errno;
}

void log_ready(const char *url)
{
	char line[LINE_BYTES];
	int size = snprintf(line, sizeof(line), "%s%s: ready on %s\n", to_journal ? "<6>" : "", program_name, url);

	/* dprintf would ask for the state of the file, which pokerd's listener may not. */
	if (size > 0 && (size_t)size < sizeof(line))
		(void)!write(STDERR_FILENO, line, (size_t)size);
}

#define LOG_FUNCTION(name, level)           \
	void name(const char *format, ...)      \
	{                                       \
		va_list arguments;                  \
		if (!log_shows(level))              \
			return;                         \
		va_start(arguments, format);        \
		log_line(level, format, arguments); \
		va_end(arguments);                  \
	}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

#undef LOG_FUNCTION
