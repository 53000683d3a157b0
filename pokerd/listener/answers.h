/* answers.h - the answers to clients: one format for success, one for errors. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_LISTENER_ANSWERS_H
#define POKERD_LISTENER_ANSWERS_H

#include "common/http_server.h"

/* {"result":"success","poke":"<id>","state":"<state>"} */
void answer_poke(struct http_request *request, unsigned status, const char *id, const char *state);

/* {"result":"success","state":"<state>"} */
void answer_state(struct http_request *request, unsigned status, const char *state);

enum { ANSWER_NO_RETRY_AFTER = 0 };

/* {"result":"failure","error_message":"<text>"} */
void answer_refusal(struct http_request *request, unsigned status, unsigned retry_after_s, const char *text);

/* For a request that a token allows. */
void answer_piece_refusal(struct http_request *request, unsigned status, const char *text);
/* What follows only from a token: no cache may keep it, and no browser guess what it is. */
void answer_piece_headers(struct http_response *response);

/* 405 with the methods that the path supports. */
void answer_method(struct http_request *request, const char *allow);

/* http_server_options.refusal. */
struct http_response *answer_early_refusal(unsigned status, const struct error *err, void *context);

#endif
