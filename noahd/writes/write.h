/* write.h - one write: what is asked, how it is planned, and what became of it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_WRITE_H
#define NOAHD_WRITES_WRITE_H

#include "common/error.h"
#include "common/http_route.h"
#include "noahd/http/conditions.h"
#include "noahd/writes/operation.h"

#include <jansson.h>
#include <stdbool.h>

/* How a write ends. */
enum write_end {
	WRITE_SETTLED,     /* as its result says; what it changed is on disk */
	WRITE_TURNED_AWAY, /* with an error: nothing came of it */
	WRITE_LOST,        /* the disk failed, and what came of it is not known */
	WRITE_FORGOTTEN,   /* noahd ends */
};

/* What is asked about a write while it has its turn, by where it comes from. */
struct write_rules {
	/* When it joins the queue: sets causes and by. */
	bool (*admit)(struct write *write, struct error *err);
	/* Decodes and checks the body that its call has. */
	bool (*take_body)(struct write *write, struct error *err);
	/* Whether its caller may make it, as things stand when it is planned. */
	bool (*allows)(const struct write *write, struct error *err);
	/* Whether its answer may show what is there, and what is left of it otherwise. */
	bool (*shows_answer)(const struct write *write);
	void (*prune_answer)(json_t *answer);
	/* The entity tag of what its route shows in that version. False: nothing, or it has none. */
	bool (*find_etag)(const struct write *write, enum version version, char out[ETAG_BYTES]);
	/* It has ended; what it holds may be taken, and it is destroyed then. err: of one that was turned away. */
	void (*finish)(struct write *write, enum write_end end, const struct error *err);
};

/* What was planned for it. */
struct write_result {
	json_t *answer; /* where both are NULL it is refused, */
	char *text;     /* the answer as JSON text */
	size_t text_size;
	struct error err;      /* for this reason */
	unsigned refused_with; /* a status, where err's kind does not tell it; 0: it does */
	uint64_t revision;     /* of its last change */
	unsigned turn;         /* as plan_renewed_turn */
	bool changed;          /* whether any of its changes changed something */
	char etag[ETAG_BYTES]; /* of what the route shows then; "": nothing */
};

/* The writes that one is made of. */
struct write_parts {
	struct write *first, **end; /* in order, by next; end NULL: it was not taken apart yet */
	size_t taken;
	size_t refused; /* which of them was */
	/* While they are planned, which may take many turns: the next one, and the answers of those before it. */
	struct write *next;
	json_t *answers;
};

/* The memory that the call of a part needs. */
struct write_own {
	struct http_target target;
	char *body;
};

/* A write that waits. Borrowed by its operation. */
struct write {
	/* What is asked. */
	const struct operation *operation;
	const struct write_rules *rules;
	struct http_call call;        /* its strings outlive the write */
	struct write_own *own;        /* of a part: the call's; NULL: a request's */
	json_t *body;                 /* decoded and checked; NULL: none */
	struct conditions conditions; /* borrowed of the request */
	char *causes, *by;            /* as in struct change; a part's are those of the whole */
	size_t bytes;                 /* that it takes while it waits */
	/* What became of it. */
	struct write_result result;
	struct write_parts *parts; /* NULL: it is not made of others */
	bool is_begun;             /* it is planned in part */
	bool is_refused;           /* before it was planned, by what its body says */
	/* Of one of noahd's own. */
	void (*finished)(void *context, const struct error *refusal);
	void *context;
	struct write *next;
};

/* One that a client makes, with a copy of the call, whose caller it keeps. */
struct write *write_create(const struct http_call *call, const struct operation *operation,
    const struct write_rules *rules);
void write_destroy(struct write *write); /* NULL is fine */

/* One of noahd's own, without a request; finished is called on the API thread, refusal NULL: it is done. */
struct write *write_create_own(const struct operation *operation,
    void (*finished)(void *context, const struct error *refusal), void *context);

/* A part of another, with its caller, to be filled in: its operation and what belongs to it. */
struct write *write_create_part(const struct write *whole);
/* For operation.take_next_part. */
void write_parts_add(struct write *whole, struct write *take_part);

enum write_outcome {
	WRITE_PLANNED,    /* or refused */
	WRITE_BLOCKED,    /* the plan is blocked (plan_is_blocked): nothing is planned, and it has to be tried again */
	WRITE_UNFINISHED, /* it takes longer: this has to be called again, before anything else is planned */
};

/* Plans it as the next write, seeing those before it; a refusal is in its result, and leaves nothing in the plan. Where
   it has parts, it stops between two of them when that time has come (clock_monotonic_us). */
enum write_outcome write_plan(struct write *write, struct plan *plan, int64_t until_us);
/* Whether it has an answer: it was planned, and not refused. */
bool write_is_done(const struct write *write);
/* Its plan was applied: what is to be done then, where it was not refused. */
void write_applied(const struct write *write);
/* Its plan was discarded: it can be planned again. */
void write_unplan(struct write *write);

#endif
