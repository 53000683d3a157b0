/* notify.h - reports our state to the service manager (sd_notify's protocol). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_NOTIFY_H
#define COMMON_NOTIFY_H

/* Sends a text such as "READY=1\nSTATUS=…" to the socket that NOTIFY_SOCKET names; does nothing if it is not set, and
   ignores failure: a daemon that works must not stop because its manager does not listen. */
void notify_send(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Opens the socket once for all later calls, for a process that soon can open none. */
void notify_connect(void);

#endif
