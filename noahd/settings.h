/* settings.h - what noahd.conf(5) can say. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NOAHD_SETTINGS_H
#define NOAHD_SETTINGS_H

#include "common/settings.h"
#include "common/tls_files.h"

#include <stdbool.h>
#include <stdint.h>

#define NOAHD_USER "_noahd" /* of noahd.service */
#define NOAHD_SETTINGS_FILE "/etc/noah/noahd.conf"

enum noahd_store_engine { NOAHD_STORE_SQLITE, NOAHD_STORE_MEMORY };
/* By that enum; ends with NULL. */
extern const char *const noahd_store_engine_names[];

/* In the order of the table, which is that of the manual page. */
struct noahd_settings {
	struct setting_strings listen; /* "127.0.0.1:5678", "[::1]:5678" */
	struct tls_settings tls;
	bool open;
	char *state_directory;
	struct {
		int engine; /* enum noahd_store_engine */
	} store;
	int64_t ephemeral_bytes_max;
	int64_t body_bytes_max;
	int64_t connections_max;
	struct {
		int64_t request_ms, idle_ms, reader_ms;
		int64_t reader_bytes_min, answers_bytes_max, writes_bytes_max, transaction_bytes_max;
	} limits;
	char *public_url;             /* "https://noah.example"; "": as each request says */
	struct setting_strings names; /* that clients may use for us while we listen on loopback only */
	bool plain_tokens;
	int64_t events_bytes_max, events_kept, events_kept_max, events_bookmark_ms;
	struct {
		struct setting_durations retry;
		int64_t give_up_ms, suspend_ms, timeout_ms;
		int64_t in_flight_max;
		char *ca_file, *certificate, *key; /* "": the system's, none, none */
	} delivery;
	struct {
		struct setting_strings allow, deny; /* CIDRs and host patterns */
	} endpoints;
	int log_level; /* enum log_level */
};

extern const struct settings_table noahd_settings_table;

/* settings_load with noahd's table and with what its settings demand of each other and of the machine.
   Raises the soft limit of open files where connections_max needs that; its default is lowered to what fits. */
bool noahd_settings_load(const struct settings_source *source, struct noahd_settings *out,
    struct settings_errors *out_errors);
void noahd_settings_finish(struct noahd_settings *settings);

/* The first of the addresses to listen on that other machines reach; NULL: none. */
const char *noahd_settings_reachable(const struct noahd_settings *settings);

#endif
