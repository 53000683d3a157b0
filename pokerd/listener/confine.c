/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/confine.h"

#include "common/memory.h"
#include "common/process_stats.h"
#include "pokerd/listener/syscall_filter.h"

#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

bool confine_descriptors(const int *kept, size_t count, struct error *err)
{
	bool closed = true;
	int *sorted = memory_copy(kept, count * sizeof(*kept));
	unsigned first = STDERR_FILENO + 1;

	qsort(sorted, count, sizeof(*sorted), compare);
	for (size_t i = 0; i < count; i++) {
		if ((unsigned)sorted[i] > first)
			closed &= !close_range(first, (unsigned)sorted[i] - 1, 0);
		first = (unsigned)sorted[i] + 1;
	}
	closed &= !close_range(first, UINT_MAX, 0);
	free(sorted);
	return closed || error_set_errno(err, ERROR_INTERNAL, "cannot close inherited descriptors");
}

static bool confine_become(const char *user, struct error *err)
{
	const struct passwd *entry = getpwnam(user);

	if (!entry)
		return error_set(err, ERROR_INVALID, "the user \"%s\" does not exist", user);
	if (!entry->pw_uid)
		return error_set(err, ERROR_INVALID, "user \"%s\" is root; allowed is an unprivileged user", user);
	if (setgroups(0, NULL) || setresgid(entry->pw_gid, entry->pw_gid, entry->pw_gid) ||
	    setresuid(entry->pw_uid, entry->pw_uid, entry->pw_uid))
		return error_set_errno(err, ERROR_INTERNAL, "cannot become user \"%s\"", user);
	return true;
}

/* Inherited capabilities, for example from a container manager, survive a change of user. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0 } };

	return syscall(SYS_capset, &header, none) == 0;
}

bool confine_privileges(const char *user, struct error *err)
{
	const struct rlimit none = { 0, 0 };

	if (geteuid() == 0 && !confine_become(user, err))
		return false;
	if (!drop_capabilities() || setrlimit(RLIMIT_CORE, &none) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		return error_set_errno(err, ERROR_INTERNAL, "cannot drop privileges");
	return true;
}

static bool limit(int resource, rlim_t most)
{
	const struct rlimit limits = { most, most };
	return setrlimit((__rlimit_resource_t)resource, &limits) == 0;
}

bool confine_resources(size_t descriptors_max, size_t more_bytes, struct error *err)
{
	struct process_stats used;

	process_stats_read(&used);
	if (syscall_filter_is_built() && (!used.virtual_bytes || !limit(RLIMIT_AS, used.virtual_bytes + more_bytes)))
		return error_set_errno(err, ERROR_INTERNAL, "cannot limit the memory");
	return (limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, descriptors_max)) ||
	       error_set_errno(err, ERROR_INTERNAL, "cannot limit processes and descriptors");
}
