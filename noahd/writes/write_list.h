/* write_list.h - a queue of writes. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_WRITES_WRITE_LIST_H
#define NOAHD_WRITES_WRITE_LIST_H

#include "noahd/writes/write.h"

/* Linked by write.next. A write is in one list at a time, which owns it. Do not copy a list: last may point into it. */
struct write_list {
	struct write *first, **last;
};

void write_list_clear(struct write_list *list);
void write_list_append(struct write_list *list, struct write *take);
/* Removes the first write, which must exist. */
struct write *write_list_pop(struct write_list *list);
/* Moves all of from to the end of list. */
void write_list_move(struct write_list *list, struct write_list *from);
/* Removes all, linked by next. */
struct write *write_list_take(struct write_list *list);

#endif
