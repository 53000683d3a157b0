/* supervise.h - pokerd --supervise: a supervisor that systemd has started. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_SUPERVISE_H
#define POKERD_RUN_SUPERVISE_H

/* folder: of the run, absolute. Takes its lock and its order, tells systemd so, and becomes the supervisor, which
   exits. Returns only if nothing was executed, and nothing ever will be: the exit status, 0 if the run was called
   off. */
int supervise(const char *folder);

#endif
