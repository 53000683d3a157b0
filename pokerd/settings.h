/* settings.h - the settings of pokerd.conf(5). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POKERD_SETTINGS_H
#define POKERD_SETTINGS_H

#include "common/settings.h"
#include "common/tls_files.h"

#include <stdint.h>

#define POKERD_SETTINGS_FILE "/etc/noah/pokerd.conf"

/* A group of keys. */
struct key_settings {
	char *name;
	char *file; /* one "whpk_…" or "whsec_…" per line */
};

/* The changes that a rule accepts, as in the terms of a watch. */
enum rule_when {
	RULE_WHEN_WRITTEN, /* every write */
	RULE_WHEN_CHANGED, /* only a write that changed something */
};

/* A group of rules. */
struct rule_settings {
	char *path;
	struct setting_strings patterns, actions, keys;
	int when;                       /* enum rule_when */
	struct setting_strings command; /* an argument vector; empty: rule_command.h */
	char *run_as;                   /* "": the user that started pokerd */
	struct setting_pairs environment;
};

/* In the order of the table and the manual page. */
struct pokerd_settings {
	struct setting_strings listen; /* "0.0.0.0:5679", "[::]:5679" */
	struct tls_settings tls;
	struct setting_strings endpoints; /* empty: addressee.h */
	char *metrics_listen;             /* "": nowhere */
	char *node;                       /* "": the host name */
	char *state_directory, *control_socket;
	char *user;                  /* the listener's, if root starts pokerd */
	struct setting_groups keys;  /* struct key_settings */
	struct setting_groups rules; /* struct rule_settings */
	struct {
		int64_t quiet_ms, quiet_max_ms, splay_ms, splay_per_node_ms, min_interval_ms, burst, per_hour;
		int64_t time_limit_ms, failures_to_hold, kept, output_bytes_max;
	} runs;
	int64_t remember_ms;
	char *chef_lock_file;    /* "auto": rule_command.h */
	char *status_token_file; /* "": the status and the runs are not shown over the network */
	struct {
		char *url, *token_file, *ca_file; /* url "": no reports */
	} report;
	int log_level; /* enum log_level */
};

extern const struct settings_table pokerd_settings_table;

#endif
