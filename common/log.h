/* log.h - one line on stderr for each event that an operator should know about. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Only main and the edges that know the context log; common, registry and store never do. Any thread may log. A
   line is one write(2), unless it is gathered; control characters and bytes that are not UTF-8 become \xNN. "info
   2012-05-10T02:22:53.042Z noahd: stopping": level, UTC time, program, event. When stderr is the journal
   (JOURNAL_STREAM names its device and inode) a priority "<n>" replaces level and time, which the journal adds
   itself. */
/* Called first in main. Opens closed descriptors 0 to 2 on /dev/null, so that no file of ours takes the place of the
   log. If stderr is a pipe that is not being read, lines are dropped and counted; logging never blocks. */
void log_start(const char *program);
void log_set_level(enum log_level level);
/* Whether lines of this level are written, for callers whose lines are expensive to prepare. */
bool log_shows(enum log_level level);

/* Between these two calls, the lines of this thread are kept and written together, as many as a pipe takes at once. A
   crash in between loses them: use them only around short work whose result is not published before the second call. */
void log_gather(void);
void log_release(void);

/* "noahd: ready on <url>", without level and time, whatever the log level: start-up scripts wait for this line. */
void log_ready(const char *url);

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
