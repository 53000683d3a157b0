/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/writes/write_list.h"

void write_list_clear(struct write_list *list)
{
	*list = (struct write_list){ .last = &list->first };
}

void write_list_append(struct write_list *list, struct write *take)
{
	take->next = NULL;
	*list->last = take;
	list->last = &take->next;
}

struct write *write_list_take(struct write_list *list)
{
	struct write *first = list->first;

	write_list_clear(list);
	return first;
}

struct write *write_list_pop(struct write_list *list)
{
	struct write *first = list->first;

	list->first = first->next;
	if (!list->first)
		write_list_clear(list);
	return first;
}

void write_list_move(struct write_list *list, struct write_list *from)
{
	if (!from->first)
		return;
	*list->last = from->first;
	list->last = from->last;
	write_list_clear(from);
}
