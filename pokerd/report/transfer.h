/* transfer.h - sends one request by libcurl. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_REPORT_TRANSFER_H
#define POKERD_REPORT_TRANSFER_H

#include "pokerd/outbound/outbound_request.h"

/* Follows no redirect and uses no proxy. The caller calls outbound_answer_finish. */
void transfer_run(const struct outbound_request *request, struct outbound_answer *out);

#endif
