/* write.h - one write: what its route asks of the request, and how it is planned. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_API_WRITE_H
#define NOAHD_API_WRITE_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/body.h"
#include "noahd/http/conditions.h"
#include "noahd/api/rights.h"
#include "noahd/registry/plan.h"

#include <jansson.h>
#include <stdbool.h>

struct write;

/* What a route does for PUT, POST or DELETE. */
struct operation {
	/* Of its JSON body, ended by a nameless one; NULL: its body is not JSON, or it has none. */
	const struct body_key *keys;
	/* Which rights it needs (enum access_right) at the request's path and at the paths of the objects that the row or
	   its own names visit; 0: ACCESS_WRITE. NULL: it names no others. */
	unsigned rights;
	path_namer *names;
	/* Whether its caller may do it without them, since what its path (body NULL) or body names is the caller's own;
	   NULL: no. */
	bool (*is_own)(const struct http_call *call, const json_t *body);
	bool names_elsewhere; /* it needs none at the request's path */
	bool acts_on_members; /* of the collection there, on those that the caller may write */
	/* What can be checked of the request without the registry; may add to body. NULL: nothing more. */
	bool (*check)(const struct http_call *call, json_t *body, struct error *err);
	/* Works it out. False with err is a refusal: what was planned by then is undone. The answer is the caller's. */
	bool (*plan)(struct plan *plan, const struct write *write, json_t **out_answer, struct error *err);
	/* Instead of plan, for a write that is made of others. Its body is decoded when it is its turn, and then taken
	   apart: take_apart looks at the whole (false: refused), take_next_part appends the next one to parts (false: there
	   is none). */
	bool (*take_apart)(struct write *write, struct error *err);
	bool (*take_next_part)(struct write *write);
	/* What it does beyond the registry, once it is applied; NULL: nothing. */
	void (*applied)(const struct write *write);
	bool has_lifetime;     /* what it puts may lapse: "?renew" renews it */
	bool is_alone;         /* does more than plan: it cannot be a part of another write */
	size_t body_bytes_max; /* where that is more than what everybody may send; 0: it is not */
};

/* What the call of a part is made of. */
struct write_own {
	struct http_target target;
	char *body;
};

/* A write that waits. Borrowed by its operation. */
struct write {
	const struct operation *operation;
	struct http_call call;        /* its strings outlive the write */
	json_t *body;                 /* decoded and checked; NULL: none */
	struct conditions conditions; /* borrowed of the request */
	char *causes, *by;            /* as in struct change; a part's are those of the whole */
	bool changed;                 /* once planned: whether any of its changes changed something */
	json_t *answer;               /* once planned */
	struct error err;             /* when refused */
	unsigned refused_with;        /* a status, where err's kind does not tell it; 0: it does */
	uint64_t revision;            /* once planned: of its last change */
	unsigned turn;                /* once planned: as plan_renewed_turn */
	char etag[ETAG_BYTES];        /* once planned: of what the route shows then; "": nothing */
	size_t bytes;
	/* Of a write without a request: what became of it; NULL: it is done. */
	void (*finished)(void *context, const struct error *refusal);
	void *context;
	/* Of one that is made of others: these, in order, by next; which of them was refused. */
	struct write *parts;
	size_t refused_part;
	struct write **parts_end; /* where the next one goes; NULL: it was not taken apart yet */
	size_t parts_taken;
	/* While they are planned, which may take many turns: the next one, and the answers of those before it. */
	bool is_begun;
	struct write *next_part;
	json_t *answers;
	/* Of a part. is_refused: before it was planned, which a whole may be, too. */
	struct write_own *own;
	bool is_refused;
	struct write *next;
};

/* Decodes and checks. NULL: refused. */
struct write *write_create(const struct http_call *call, const struct operation *operation, struct error *err);
void write_destroy(struct write *write); /* NULL is fine */

/* One of our own, without a request; finished is called on the API thread. */
struct write *write_create_own(const struct operation *operation,
    void (*finished)(void *context, const struct error *refusal), void *context);

/* A part of another, to be filled in: its operation and what belongs to it, then write_take_body. */
struct write *write_create_part(const struct http_call *call);
/* Decodes and checks the body that its call has. */
bool write_take_body(struct write *write, struct error *err);

enum write_outcome {
	WRITE_PLANNED,    /* or refused */
	WRITE_BLOCKED,    /* the plan is blocked (plan_is_blocked): nothing is planned, and it has to be tried again */
	WRITE_UNFINISHED, /* it takes longer: this has to be called again, before anything else is planned */
};

/* Plans it as the next write, seeing those before it; a refusal is in its err, and leaves nothing in the plan. Where it
   has parts, it stops between two of them when that time has come (clock_monotonic_us). */
enum write_outcome write_plan(struct write *write, struct plan *plan, int64_t until_us);
/* Its plan was applied: what is to be done then, where it was not refused. */
void write_applied(const struct write *write);
/* Its plan was discarded: it can be planned again. */
void write_unplan(struct write *write);

#endif
