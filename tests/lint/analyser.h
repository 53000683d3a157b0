/* analyser.h - included first when sources are analysed: what error.h promises in words, told in code. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "common/error.h"

#define error_set(...) (error_set(__VA_ARGS__), false)
#define error_set_errno(...) (error_set_errno(__VA_ARGS__), false)
