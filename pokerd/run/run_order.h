/* run_order.h - the file in a run's folder that tells a supervisor which is not our child what to do. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_RUN_RUN_ORDER_H
#define POKERD_RUN_RUN_ORDER_H

#include "common/error.h"
#include "common/settings.h"
#include "pokerd/queue/run_pokes.h"
#include "pokerd/run/spawn_identity.h"
#include "pokerd/run/supervisor.h"

#include <stdbool.h>

/* A request, and everything that it borrows. */
struct run_order {
	struct run_request request;
	char *bytes; /* the file; most strings lie in it */
	struct setting_pairs environment;
	struct spawn_identity *identity;
	struct run_pokes pokes;
};

/* Mode 0600: the environment may contain secrets. Of the pokes, those that a record names. */
bool run_order_write(const char *path, const struct run_request *request, struct error *err);

/* The request of the file in that run's folder, without the callbacks: body is of no use any more, forget has nothing
   to forget. runs_directory and run_id are borrowed. ERROR_NOT_FOUND: the run was called off. The caller calls
   run_order_finish. */
bool run_order_read(const char *runs_directory, const char *run_id, struct run_order *out, struct error *err);
void run_order_finish(struct run_order *order);

#endif
