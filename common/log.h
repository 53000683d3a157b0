/* log.h - one line on stderr for each event that an operator should know of. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Only main, and the edges that know the context, log; common, registry and store never do. Any thread may. A line is
   one write(2), unless it is gathered; control characters and bytes that are not UTF-8 become \xNN. "info
   2012-05-10T02:22:53.042Z noahd: stopping": level, UTC time, program, event. When stderr is the journal
   (JOURNAL_STREAM names its device and inode) a "<n>" priority stands in place of level and time, which the journal
   adds itself. */
/* First thing in main. Descriptors 0 to 2 that are closed are opened on /dev/null, lest a file of ours take the log's
   place. Where stderr is a pipe that nobody reads, lines are lost and counted rather than waited for. */
void log_start(const char *program);
void log_set_level(enum log_level level);
/* Whether lines of that level are written: for those whose making costs something. */
bool log_shows(enum log_level level);

/* Between these two the lines of this thread are kept and written together, as many as a pipe takes at once. Whoever
   dies in between takes them along: only around what is short, and ends before anybody hears of it. */
void log_gather(void);
void log_release(void);

/* "noahd: ready on <url>", without level and time, whatever the level: what a start-up script waits for. */
void log_ready(const char *url);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
