/* write.h - one write: its request, its planning and its result. */
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
	WRITE_SETTLED,     /* done or refused, as its result says; its changes are on disk */
	WRITE_TURNED_AWAY, /* with an error; it has changed nothing */
	WRITE_LOST,        /* the disk failed; whether it is stored is not known */
	WRITE_FORGOTTEN,   /* noahd is exiting */
};

/* What depends on the origin of a write: a request, or noahd itself. */
struct write_rules {
	/* Sets causes and by, when it joins the queue. */
	bool (*admit)(struct write *write, struct error *err);
	/* Decodes and checks the body of its call. */
	bool (*take_body)(struct write *write, struct error *err);
	/* Whether its caller has the rights for it, at the time of planning. */
	bool (*allows)(const struct write *write, struct error *err);
	/* Whether the caller may see all of the answer; if not, prune_answer removes the rest. */
	bool (*shows_answer)(const struct write *write);
	void (*prune_answer)(json_t *answer);
	/* The entity tag of what its route shows in that version. False: there is none. */
	bool (*find_etag)(const struct write *write, enum version version, char out[ETAG_BYTES]);
	/* Called once at its end, before it is destroyed; may take what it holds. err: why it was turned away. */
	void (*finish)(struct write *write, enum write_end end, const struct error *err);
};

/* Set when it is planned. */
struct write_result {
	json_t *answer; /* this or text; both NULL: it is refused */
	char *text;     /* the answer as JSON text */
	size_t text_size;
	struct error err;      /* why it is refused */
	unsigned refused_with; /* an HTTP status instead of that of err's kind; 0: none */
	uint64_t revision;     /* of its last change */
	unsigned turn;         /* as plan_renewed_turn */
	bool changed;          /* whether any of its changes makes a difference */
	char etag[ETAG_BYTES]; /* of what the route shows afterwards; "": none */
};

/* The parts of a transaction. */
struct write_parts {
	struct write *first, **end; /* in order, by next; end NULL: none was extracted yet */
	size_t taken;
	size_t refused; /* the place of the one that was refused */
	/* While they are planned, which may take several rounds: the next part, and the answers of those before it. */
	struct write *next;
	json_t *answers;
};

/* The memory behind the call of a part. */
struct write_own {
	struct http_target target;
	char *body;
};

/* Borrowed by the functions of its operation. */
struct write {
	/* The request. */
	const struct operation *operation;
	const struct write_rules *rules;
	struct http_call call;        /* its texts outlive the write */
	struct write_own *own;        /* of a part; NULL: the call is a request's */
	json_t *body;                 /* decoded and checked; NULL: none */
	struct conditions conditions; /* borrowed from the request */
	char *causes, *by;            /* as in struct change; a part's are those of the whole */
	size_t bytes;                 /* of memory, while it waits */
	/* The result. */
	struct write_result result;
	struct write_parts *parts; /* NULL: it is not a transaction */
	bool is_begun;             /* planned in part */
	bool is_refused;           /* before planning, because of its body */
	/* For noahd's own writes. */
	void (*finished)(void *context, const struct error *refusal);
	void *context;
	struct write *next;
};

/* Copies the call and keeps its caller. */
struct write *write_create(const struct http_call *call, const struct operation *operation,
    const struct write_rules *rules);
void write_destroy(struct write *write); /* NULL is fine */

/* A write of noahd itself. finished is called on the API thread, with refusal NULL if it is done. */
struct write *write_create_own(const struct operation *operation,
    void (*finished)(void *context, const struct error *refusal), void *context);

/* A part with the whole's caller and rules; the caller sets the rest. */
struct write *write_create_part(const struct write *whole);
/* For operation.take_next_part. */
void write_parts_add(struct write *whole, struct write *take_part);

enum write_outcome {
	WRITE_PLANNED,    /* or refused */
	WRITE_BLOCKED,    /* the plan is blocked (plan_is_blocked): nothing was planned; try again later */
	WRITE_UNFINISHED, /* it takes longer: call again before anything else is planned */
};

/* Plans it as the next write, on top of those before it. A refusal is in its result and leaves nothing in the plan. A
   transaction pauses between two parts at that time (clock_monotonic_us). */
enum write_outcome write_plan(struct write *write, struct plan *plan, int64_t until_us);
/* Whether it has an answer: it was planned, and not refused. */
bool write_is_done(const struct write *write);
/* After its plan was applied: the further effects of its operations, unless it was refused. */
void write_applied(const struct write *write);
/* Its plan was discarded: it can be planned again. */
void write_unplan(struct write *write);

#endif
