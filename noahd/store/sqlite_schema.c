/* SPDX-License-Identifier: Apache-2.0 */
#include "noahd/store/sqlite.h"

#include "common/file.h"
#include "common/uuid.h"
#include "noahd/store/sqlite_checksum.h"

#include <stdio.h>
#include <string.h>

/* To change the format: raise SCHEMA_VERSION, change `tables` or `views`, and add to `steps` what makes the one from
   the version before; keep a database of that version beside format_1.sql, and test that it opens. A database of any
   earlier version must open; a later version is rejected and stays unchanged. A row's checksum is XXH3's of 64 bits,
   without a seed, over its columns in the order of the lists in sqlite.h: first 9 bytes for each, the type as SQLite
   numbers it (1 integer, 2 real, 3 text, 4 blob, 5 null) and 8 bytes, little-endian, of the value of a number, the size
   of a text or blob, or 0; then the bytes of the texts and blobs, in UTF-8. If the lists or this form change, the step
   to that version recomputes all checksums and meta's record_sum, as the step from 2 does. */
enum { APPLICATION_ID = 0x4e6f6168 /* "Noah" */, SCHEMA_VERSION = 3 };

#define SEAL_META "UPDATE meta SET checksum = checksum_of(" SQLITE_META_COLUMNS ");"

/* By the version that a step starts from. Each step recreates the views, which hold no data. */
static const char *const steps[SCHEMA_VERSION] = {
	[1] = "ALTER TABLE change ADD COLUMN tags TEXT;"
	      "ALTER TABLE change ADD COLUMN links TEXT;"
	      "ALTER TABLE change ADD COLUMN lifetime_ms INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE record ADD COLUMN tags TEXT;"
	      "ALTER TABLE record ADD COLUMN links TEXT;"
	      "ALTER TABLE record ADD COLUMN lifetime_ms INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE meta ADD COLUMN is_backup INTEGER NOT NULL DEFAULT 0;",
	[2] = "ALTER TABLE change ADD COLUMN by TEXT NOT NULL DEFAULT '';"
	      "ALTER TABLE change ADD COLUMN changed INTEGER NOT NULL DEFAULT 1;"
	      /* How long noahd has run since then is not known: the time of a failing endpoint starts again. */
	      "ALTER TABLE watch_progress RENAME COLUMN failing_since_ms TO failing_ms;"
	      "UPDATE watch_progress SET failing_ms = failing_ms <> 0;"
	      "ALTER TABLE watch_progress ADD COLUMN waiting_ms INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE change ADD COLUMN record_checksum INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE change ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE record ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE watch_progress ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE dead_delivery ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE meta ADD COLUMN oldest INTEGER NOT NULL DEFAULT 1;"
	      "ALTER TABLE meta ADD COLUMN record_count INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE meta ADD COLUMN record_sum INTEGER NOT NULL DEFAULT 0;"
	      "ALTER TABLE meta ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;"
	      "UPDATE change SET record_checksum = checksum_of(" SQLITE_RECORD_COLUMNS ");"
	      "UPDATE change SET checksum = checksum_of(" SQLITE_CHANGE_COLUMNS ");"
	      "UPDATE record SET checksum = checksum_of(" SQLITE_RECORD_COLUMNS ");"
	      "UPDATE watch_progress SET checksum = checksum_of(" SQLITE_PROGRESS_COLUMNS ");"
	      "UPDATE dead_delivery SET checksum = checksum_of(" SQLITE_DEAD_COLUMNS ");"
	      "UPDATE meta SET oldest = coalesce((SELECT min(revision) FROM change), record_position + 1),"
	      "  record_count = (SELECT count(*) FROM record),"
	      "  record_sum = (SELECT checksum_sum(checksum) FROM record);" SEAL_META,
};

/* SQLite keeps this text with its comments: `.schema` in its shell shows them. */
/* clang-format off */
static const char tables[] =
	"CREATE TABLE meta (\n"
	"  only INTEGER PRIMARY KEY CHECK (only = 1),\n"
	"  epoch TEXT NOT NULL,                          -- of this registry's history\n"
	"  record_position INTEGER NOT NULL DEFAULT 0,   -- record shows every change up to this revision\n"
	"  delivery_position INTEGER NOT NULL DEFAULT 0, -- every change up to here was matched against the watches\n"
	"  needed_after INTEGER NOT NULL DEFAULT 0,      -- watches may still need the changes after this revision\n"
	"  is_backup INTEGER NOT NULL DEFAULT 0,         -- 1: a copy, whose first noahd begins a new epoch\n"
	"  oldest INTEGER NOT NULL DEFAULT 1,            -- the log begins with this revision\n"
	"  record_count INTEGER NOT NULL DEFAULT 0,      -- rows of record\n"
	"  record_sum INTEGER NOT NULL DEFAULT 0,        -- their checksums added up, modulo 2^64\n"
	"  checksum INTEGER NOT NULL DEFAULT 0           -- of the other columns, as in each table\n"
	") STRICT;"

	"CREATE TABLE change (\n"
	"  revision INTEGER PRIMARY KEY,\n"
	"  first_of_write INTEGER NOT NULL, -- the revision of the first change of the same write\n"
	"  action INTEGER NOT NULL,         -- 1 create, 2 update, 3 delete\n"
	"  at_ms INTEGER NOT NULL,          -- since 1970, UTC\n"
	"  kind INTEGER NOT NULL,           -- 1 host, 2 service, 3 ephemeral, 4 watch, 5 application,\n"
	"                                   -- 6 configuration, 7 tag, 8 link, 9 token\n"
	"  path TEXT NOT NULL,              -- kind to lifetime_ms: the object after the change; of a delete: as it was\n"
	"  id TEXT NOT NULL,\n"
	"  created_ms INTEGER NOT NULL,\n"
	"  updated_ms INTEGER NOT NULL,\n"
	"  created_revision INTEGER NOT NULL,\n"
	"  record_revision INTEGER NOT NULL,\n"
	"  value BLOB,\n"
	"  tags TEXT,                       -- names, one a line\n"
	"  links TEXT,                      -- names, one a line\n"
	"  lifetime_ms INTEGER NOT NULL DEFAULT 0, -- 0: it stays\n"
	"  pubcategory TEXT NOT NULL,\n"
	"  aliases TEXT NOT NULL,           -- further paths, one a line\n"
	"  causes TEXT NOT NULL,            -- ids of events, one a line\n"
	"  by TEXT NOT NULL DEFAULT '',      -- who made it, as JSON; empty: not known\n"
	"  changed INTEGER NOT NULL DEFAULT 1, -- 0: it left everything but the times as it was\n"
	"  body TEXT NOT NULL,              -- what watches' endpoints get\n"
	"  record_checksum INTEGER NOT NULL DEFAULT 0, -- of kind to lifetime_ms, as record has it\n"
	"  checksum INTEGER NOT NULL DEFAULT 0         -- of record_checksum and the other columns\n"
	") STRICT;"

	"CREATE TABLE record (              -- the objects as of meta.record_position: read current instead\n"
	"  kind INTEGER NOT NULL,\n"
	"  path TEXT PRIMARY KEY,\n"
	"  id TEXT NOT NULL,\n"
	"  created_ms INTEGER NOT NULL,\n"
	"  updated_ms INTEGER NOT NULL,\n"
	"  created_revision INTEGER NOT NULL,\n"
	"  record_revision INTEGER NOT NULL,\n"
	"  value BLOB,\n"
	"  tags TEXT,\n"
	"  links TEXT,\n"
	"  lifetime_ms INTEGER NOT NULL DEFAULT 0,\n"
	"  checksum INTEGER NOT NULL DEFAULT 0\n"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE watch_progress (        -- watches with deliveries pending\n"
	"  path TEXT PRIMARY KEY,\n"
	"  acknowledged INTEGER NOT NULL,     -- everything up to this revision\n"
	"  failing_ms INTEGER NOT NULL,       -- how long its endpoint has failed, while noahd ran; 0: not failing\n"
	"  state INTEGER NOT NULL,            -- 0 active, 1 disabled, 2 suspended\n"
	"  waiting_ms INTEGER NOT NULL DEFAULT 0, -- how long its oldest delivery has waited; 0: not known\n"
	"  checksum INTEGER NOT NULL DEFAULT 0\n"
	") STRICT, WITHOUT ROWID;"

	"CREATE TABLE dead_delivery (         -- given up: the changes first..last of a watch\n"
	"  path TEXT NOT NULL,\n"
	"  first INTEGER NOT NULL,\n"
	"  last INTEGER NOT NULL,\n"
	"  at_ms INTEGER NOT NULL,\n"
	"  reason TEXT NOT NULL,\n"
	"  checksum INTEGER NOT NULL DEFAULT 0,\n"
	"  PRIMARY KEY (path, first)\n"
	") STRICT, WITHOUT ROWID;"

	"CREATE INDEX dead_delivery_by_age ON dead_delivery (last);";

static const char views[] =
	"CREATE VIEW tail AS                  -- the last change of each object that record does not show yet\n"
	"  SELECT " SQLITE_RECORD_COLUMNS ",\n"
	"         action, max(revision) AS revision\n"
	"  FROM change WHERE revision > (SELECT record_position FROM meta) GROUP BY path;"

	"CREATE VIEW current AS               -- the objects as they are\n"
	"  SELECT " SQLITE_RECORD_COLUMNS "\n"
	"  FROM record WHERE path NOT IN (SELECT path FROM tail)\n"
	"  UNION ALL\n"
	"  SELECT " SQLITE_RECORD_COLUMNS "\n"
	"  FROM tail WHERE action <> 3;";
/* clang-format on */

static bool fill_image(sqlite3 *image, struct error *err)
{
	char uuid[UUID_TEXT_BYTES], marks[512];

	uuid_make(uuid);
	snprintf(marks, sizeof(marks),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d; INSERT INTO meta (only, epoch) VALUES (1, "
	    "'%s');" SEAL_META,
	    APPLICATION_ID, SCHEMA_VERSION, uuid);
	if (sqlite_checksum_register(image) && sqlite3_exec(image, tables, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(image, views, NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_exec(image, marks, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return error_set(err, ERROR_INTERNAL, "cannot make a database: %s", sqlite3_errmsg(image));
}

/* Made in memory and moved into place whole, so that a crash cannot leave half of it. */
bool sqlite_schema_create(const char *path, struct error *err)
{
	sqlite3 *image = NULL;
	sqlite3_int64 size = 0;
	unsigned char *bytes = NULL;
	bool created = false;

	if (sqlite3_open(":memory:", &image) == SQLITE_OK && fill_image(image, err)) {
		bytes = sqlite3_serialize(image, "main", &size, 0);
		memset(bytes + SQLITE_VERSIONS_AT, SQLITE_VERSION_WAL, 2);
		created = file_replace(path, bytes, (size_t)size, 0600, err);
	}
	sqlite3_free(bytes);
	sqlite3_close(image);
	return created;
}

bool sqlite_schema_knows(int application, int version)
{
	return application == APPLICATION_ID && version >= 1 && version <= SCHEMA_VERSION;
}

bool sqlite_schema_check(struct sqlite_store *store, struct error *err)
{
	int application, version;

	if (!sqlite_read_pragma(store, "PRAGMA application_id", &application, err) ||
	    !sqlite_read_pragma(store, "PRAGMA user_version", &version, err))
		return false;
	if (application != APPLICATION_ID)
		return error_set(err, ERROR_INVALID, "%s is a database, but not noahd's", store->path);
	if (version > SCHEMA_VERSION)
		return error_set(err, ERROR_INVALID,
		    "%s was made by a newer noahd: its format is %d, this one knows formats up to %d", store->path, version,
		    SCHEMA_VERSION);
	if (version < 1)
		return error_set(err, ERROR_INVALID, "%s has format %d, which no noahd has made", store->path, version);
	store->format = version;
	if (version < SCHEMA_VERSION)
		snprintf(store->notice, sizeof(store->notice), "%s was brought from format %d to format %d", store->path,
		    version, SCHEMA_VERSION);
	return true;
}

bool sqlite_schema_is_old(const struct sqlite_store *store)
{
	return store->format < SCHEMA_VERSION;
}

static bool sqlite_schema_take_step(struct sqlite_store *store, int version, struct error *err)
{
	char mark[64];

	snprintf(mark, sizeof(mark), "PRAGMA user_version = %d", version + 1);
	return sqlite_execute(store, "DROP VIEW current; DROP VIEW tail", err) &&
	       sqlite_execute(store, steps[version], err) && sqlite_execute(store, views, err) &&
	       sqlite_execute(store, mark, err);
}

bool sqlite_schema_update(struct sqlite_store *store, struct error *err)
{
	for (int version = store->format; version < SCHEMA_VERSION; version++)
		if (!sqlite_schema_take_step(store, version, err))
			return false;
	return true;
}
