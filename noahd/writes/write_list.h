/* write_list.h - writes in a row. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_WRITE_LIST_H
#define NOAHD_WRITES_WRITE_LIST_H

#include "noahd/writes/write.h"

/* By write.next. A write is in one list at a time; who holds the list owns them. Not to be copied: last may point into
   it. */
struct write_list {
	struct write *first, **last;
};

void write_list_clear(struct write_list *list);
void write_list_append(struct write_list *list, struct write *take);
/* The first one, which is the caller's; there must be one. */
struct write *write_list_pop(struct write_list *list);
/* All of one list behind those of another. */
void write_list_move(struct write_list *list, struct write_list *from);
/* All of them, by next; the list is empty then. */
struct write *write_list_take(struct write_list *list);

#endif
