/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/run/supervise.h"

#include "common/command_line.h"
#include "common/file.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/notify.h"
#include "pokerd/run/run_folder.h"
#include "pokerd/run/run_order.h"
#include "pokerd/run/run_output.h"
#include "pokerd/run/supervisor_process.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The lock decides between us and a runner that calls the run off: it removes the folder while it has the lock, we take
   the order while we have it. */
static bool take_order(const char *runs_directory, const char *run_id, struct run_order *out, int *out_lock_fd,
    struct error *err)
{
	char *lock = run_folder_path(runs_directory, run_id, RUN_FOLDER_LOCK);
	char *order = run_folder_path(runs_directory, run_id, RUN_FOLDER_ORDER);
	int lock_fd = file_lock(lock, err);
	bool taken = lock_fd >= 0 && run_order_read(runs_directory, run_id, out, err);

	if (taken && unlink(order)) {
		taken = error_set_errno(err, ERROR_UNAVAILABLE, "cannot remove %s", order);
		run_order_finish(out);
	}
	if (taken)
		*out_lock_fd = lock_fd;
	else if (lock_fd >= 0)
		close(lock_fd);
	free(order);
	free(lock);
	return taken;
}

static bool open_output(const struct run_request *request, struct run_output *out, struct error *err)
{
	char *path = run_folder_path(request->runs_directory, request->run_id, RUN_FOLDER_OUTPUT);
	bool opened = run_output_open(out, path, request->output_bytes_max, err);

	free(path);
	return opened;
}

static bool become_supervisor(const char *runs_directory, const char *run_id, struct error *err)
{
	static struct run_order order; /* lives as long as the process */
	static struct run_output output;
	int lock_fd;

	if (!take_order(runs_directory, run_id, &order, &lock_fd, err))
		return false;
	if (!open_output(&order.request, &output, err)) {
		run_order_finish(&order);
		close(lock_fd);
		return false;
	}
	order.request.ends_at_sigterm = true;
	notify_send("READY=1\nSTATUS=run %s, rule %s", run_id, order.request.rule);
	supervisor_process_run(&order.request, lock_fd, &output);
}

int supervise(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	struct error err;

	if (*folder != '/' || slash == folder || !run_id_is_valid(slash + 1)) {
		log_error("\"%s\" is not the folder of a run", folder);
		return EXIT_STATUS_USAGE;
	}
	char *runs_directory = memory_copy(folder, (size_t)(slash - folder));
	(void)become_supervisor(runs_directory, slash + 1, &err);
	free(runs_directory);
	if (err.kind == ERROR_NOT_FOUND) {
		log_info("run %s: was called off before it began", slash + 1);
		return EXIT_STATUS_FINE;
	}
	log_error("run %s: not started: %s", slash + 1, err.text);
	return command_line_status_of(&err);
}
