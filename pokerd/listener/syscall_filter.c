/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/listener/syscall_filter.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || \
    __has_feature(thread_sanitizer)
enum { IS_SANITIZED = true };
#else
enum { IS_SANITIZED = false };
#endif

/* A call that may be made, if that argument, or those of its bits that are in mask, have the value. */
struct permission {
	int call;
	bool is_conditional;
	unsigned argument;
	scmp_datum_t mask, value;
};

#define ALLOW(name)            \
	{                          \
		.call = SCMP_SYS(name) \
	}
#define ALLOW_IF(name, number, bits, equal)       \
	{                                             \
		SCMP_SYS(name), true, number, bits, equal \
	}
#define POINTER (~(scmp_datum_t)0)
#define INTEGER ((scmp_datum_t)0xffffffff) /* the kernel ignores the upper half of the register */

/* In order of frequency. SCMP_SYS is negative for a call that this architecture does not have: such a row is ignored.
   A row belongs here if libmicrohttpd, GnuTLS, the C library or the listener makes the call once it serves, also where
   tests rarely get: a kernel without vDSO, after SIGSTOP, out of memory, in abort(3). */
static const struct permission permissions[] = {
	ALLOW(epoll_wait),
	ALLOW(epoll_pwait),
	ALLOW(recvfrom),
	ALLOW(recvmsg),
	ALLOW(sendmsg),
	ALLOW_IF(sendto, 4, POINTER, 0), /* no address: none could be reached that is not connected */
	ALLOW(epoll_ctl),
	ALLOW_IF(setsockopt, 1, INTEGER, IPPROTO_TCP),
	ALLOW(getsockopt),
	ALLOW(accept4),
	ALLOW(close),
	ALLOW(shutdown),
	ALLOW(getsockname),
	ALLOW(getpeername),
	ALLOW_IF(fcntl, 1, INTEGER, F_GETFL),
	ALLOW_IF(fcntl, 1, INTEGER, F_GETFD),
	ALLOW_IF(fcntl, 1, INTEGER, F_DUPFD_CLOEXEC),
	ALLOW_IF(ioctl, 1, INTEGER, SIOCOUTQ),
	ALLOW(read),
	ALLOW(readv),
	ALLOW(write),
	ALLOW(writev),
	ALLOW(poll),
	ALLOW(ppoll),
	/* The clock, where the vDSO cannot tell it. */
	ALLOW(clock_gettime),
	ALLOW(clock_getres),
	ALLOW(gettimeofday),
	ALLOW(time),
	ALLOW(restart_syscall), /* a wait goes on after SIGSTOP and SIGCONT */
	ALLOW(getrandom),
	/* Memory, never executable. */
	ALLOW(brk),
	ALLOW_IF(mmap, 2, PROT_EXEC, 0),
	ALLOW_IF(mprotect, 2, PROT_EXEC, 0),
	ALLOW(munmap),
	ALLOW(mremap),
	ALLOW(madvise),
	ALLOW(sched_getaffinity), /* malloc, once it got no memory */
	ALLOW(futex),
	ALLOW(sched_yield),
	/* Signals and the end. */
	ALLOW(rt_sigaction),
	ALLOW(rt_sigprocmask),
	ALLOW(rt_sigreturn),
	ALLOW(getpid),
	ALLOW(gettid),
	ALLOW(exit),
	ALLOW(exit_group),
	/* What 32-bit architectures have instead. */
	ALLOW(_llseek),
	ALLOW_IF(mmap2, 2, PROT_EXEC, 0),
	ALLOW_IF(fcntl64, 1, INTEGER, F_GETFL),
	ALLOW_IF(fcntl64, 1, INTEGER, F_GETFD),
	ALLOW_IF(fcntl64, 1, INTEGER, F_DUPFD_CLOEXEC),
	ALLOW(clock_gettime64),
	ALLOW(futex_time64),
	ALLOW(ppoll_time64),
	ALLOW(sigreturn),
};

bool syscall_filter_is_built(void)
{
	return !IS_SANITIZED;
}

/* 0, or a negative errno. */
static int permit(scmp_filter_ctx filter, const struct permission *permission)
{
	const struct scmp_arg_cmp compare = { permission->argument, SCMP_CMP_MASKED_EQ, permission->mask,
		permission->value };

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, permission->call, permission->is_conditional, &compare);
}

static int permit_all(scmp_filter_ctx filter)
{
	const struct permission own_signals = ALLOW_IF(tgkill, 0, INTEGER, (scmp_datum_t)getpid()); /* of abort(3) */
	int failure = permit(filter, &own_signals);

	for (size_t i = 0; !failure && i < sizeof(permissions) / sizeof(*permissions); i++)
		failure = permit(filter, &permissions[i]);
	return failure;
}

/* What libraries read from files when first needed is read now. */
static void warm_up(void)
{
	tzset();
	json_object_seed(0);
}

bool syscall_filter_install(struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int failure = filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : -ENOMEM;

	warm_up();
	if (!failure)
		failure = permit_all(filter);
	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	errno = -failure;
	return !failure || error_set_errno(err, ERROR_INTERNAL, "cannot limit the system calls of the listener");
}
