/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/registry/access_view.h"

#include "common/memory.h"

#include <stdlib.h>
#include <string.h>

/* Whether the object "<collection><name>" (and "/<second>") may be read. */
static bool access_view_may_read(const struct access_rules *rules, const char *collection, const char *name,
    const char *second)
{
	char *path = memory_format("%s%s%s%s", collection, name, second ? "/" : "", second ? second : "");
	bool may = access_allows(rules, ACCESS_READ, path);

	free(path);
	return may;
}

/* {"http": …} of a host. */
static void prune_services_of(const struct access_rules *rules, const char *host, json_t *services)
{
	const char *service;
	json_t *shown;
	void *next;

	json_object_foreach_safe (services, next, service, shown)
		if (!access_view_may_read(rules, "/services/", service, host))
			json_object_del(services, service);
}

static void prune_named(const struct access_rules *rules, const char *collection, json_t *objects)
{
	const char *name;
	json_t *shown;
	void *next;

	json_object_foreach_safe (objects, next, name, shown)
		if (!access_view_may_read(rules, collection, name, NULL))
			json_object_del(objects, name);
}

static void prune_host(const struct access_rules *rules, const char *name, json_t *view)
{
	prune_services_of(rules, name, json_object_get(view, "services"));
}

static void prune_application(const struct access_rules *rules, const char *name, json_t *view)
{
	(void)name;
	prune_named(rules, "/configurations/", json_object_get(view, "configurations"));
}

/* {"http": {"web1": …}} */
static void prune_listed_services(const struct access_rules *rules, json_t *services)
{
	const char *service, *host;
	json_t *hosts, *shown;
	void *next, *next_host;

	json_object_foreach_safe (services, next, service, hosts) {
		json_object_foreach_safe (hosts, next_host, host, shown)
			if (!access_view_may_read(rules, "/services/", service, host))
				json_object_del(hosts, host);
		if (json_object_size(hosts) == 0)
			json_object_del(services, service);
	}
}

static void prune_each(const struct access_rules *rules, json_t *objects,
    void (*prune)(const struct access_rules *rules, const char *name, json_t *view))
{
	const char *name;
	json_t *shown;

	json_object_foreach (objects, name, shown) { /* cppcheck takes it for a loop so */
		prune(rules, name, shown);
	}
}

/* A tag or a link. */
static void prune_members(const struct access_rules *rules, const char *name, json_t *view)
{
	json_t *hosts = json_object_get(view, "hosts"), *applications = json_object_get(view, "applications");

	(void)name;
	prune_named(rules, "/hosts/", hosts);
	prune_each(rules, hosts, prune_host);
	prune_named(rules, "/applications/", applications);
	prune_each(rules, applications, prune_application);
	prune_named(rules, "/configurations/", json_object_get(view, "configurations"));
	prune_named(rules, "/ephemerals", json_object_get(view, "ephemerals")); /* a name is "/chef/notify" */
	prune_listed_services(rules, json_object_get(view, "services"));
}

/* A tag does not show the kinds of which it has no members, nor those of which none may be read. */
static void prune_tag(const struct access_rules *rules, const char *name, json_t *view)
{
	const char *kind;
	json_t *members;
	void *next;

	prune_members(rules, name, view);
	json_object_foreach_safe (view, next, kind, members)
		if (json_is_object(members) && json_object_size(members) == 0)
			json_object_del(view, kind);
}

/* Who shows what of others. */
static const struct shows {
	const char *shown; /* where that stands; "": anywhere; NULL: nothing is shown */
	void (*prune)(const struct access_rules *rules, const char *name, json_t *view);
} SHOWS[] = {
	[OBJECT_HOST] = { "/services", prune_host },
	[OBJECT_APPLICATION] = { "/configurations", prune_application },
	[OBJECT_TAG] = { "", prune_tag },
	[OBJECT_LINK] = { "", prune_members },
};

static const struct shows *shows_of(enum object_kind kind)
{
	return &SHOWS[(size_t)kind < sizeof(SHOWS) / sizeof(*SHOWS) ? kind : 0];
}

bool access_view_is_whole(const struct access_rules *rules, enum object_kind kind)
{
	const struct shows *shows = shows_of(kind);
	return !shows->shown || access_allows_all(rules, ACCESS_READ, shows->shown);
}

void access_view_prune(const struct access_rules *rules, const struct record *record, json_t *view)
{
	const struct shows *shows = shows_of(record->kind);

	if (!shows->prune || access_view_is_whole(rules, record->kind))
		return;
	shows->prune(rules, strrchr(record->path, '/') + 1, view);
	(void)json_object_del(view, "changed"); /* it may tell of what is left out */
}
