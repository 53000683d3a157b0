/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/settings.h"

#include "common/log.h"
#include "pokerd/queue/breaker.h"

#include <stddef.h>

static const char *const log_levels[] = {
	[LOG_LEVEL_ERROR] = "error",
	[LOG_LEVEL_WARNING] = "warning",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_DEBUG] = "debug",
	NULL,
};

static const char *const rule_whens[] = {
	[RULE_WHEN_WRITTEN] = "written",
	[RULE_WHEN_CHANGED] = "changed",
	NULL,
};

#define ROW_OF(structure, row_name, row_type, member) \
	.name = row_name, .type = row_type, .offset = offsetof(structure, member)
#define TABLE_OF(rows, structure)                               \
	{                                                           \
		rows, sizeof(rows) / sizeof(*(rows)), sizeof(structure) \
	}

#define ROW(row_name, row_type, member) ROW_OF(struct key_settings, row_name, row_type, member)
static const struct setting key_rows[] = {
	{ ROW("name", SETTING_STRING, name), .min = 1, .max = 64, .sentence = "The name of these keys in rules." },
	{ ROW("file", SETTING_STRING, file), .min = 1,
	    .sentence =
	        "A file with one whpk_... (Ed25519) or whsec_... (HMAC) per line, all trusted; with a whsec_... it must be "
	        "readable only by its owner." },
};
#undef ROW
static const struct settings_table key_table = TABLE_OF(key_rows, struct key_settings);

#define ROW(row_name, row_type, member) ROW_OF(struct rule_settings, row_name, row_type, member)
static const struct setting rule_rows[] = {
	{ ROW("path", SETTING_STRING, path), .default_text = "\"/\"", .min = 1, .max = 1024,
	    .sentence = "The path of the requests that this rule accepts." },
	{ ROW("patterns", SETTING_STRINGS, patterns), .default_text = "( \"//noah\" )", .min = 1, .items_min = 1,
	    .sentence = "The changes that this rule accepts: //noah and a path, which covers everything below it; * "
	                "matches any one "
	                "segment." },
	{ ROW("actions", SETTING_STRINGS, actions), .default_text = "( \"create\", \"update\", \"delete\" )", .min = 1,
	    .items_min = 1, .sentence = "The actions that this rule accepts: create, update, delete." },
	{ ROW("when", SETTING_CHOICE, when), .default_text = "\"written\"", .choices = rule_whens,
	    .sentence = "written: this rule accepts every write; changed: only a write that changed something." },
	{ ROW("keys", SETTING_STRINGS, keys), .min = 1, .items_min = 1,
	    .sentence = "Names of the keys that this rule trusts." },
	{ ROW("command", SETTING_STRINGS, command), .default_text = "( )",
	    .sentence =
	        "The command: an argument vector, without a shell; no part of a request ever becomes part of it; if "
	        "empty, that of the Chef or Cinc that is installed." },
	{ ROW("run_as", SETTING_STRING, run_as), .default_text = "\"\"",
	    .sentence = "The user that the command runs as; if empty, the user that started pokerd." },
	{ ROW("environment", SETTING_PAIRS, environment), .default_text = "{ }",
	    .sentence = "Variables to add to its environment, which inherits nothing." },
};
#undef ROW
static const struct settings_table rule_table = TABLE_OF(rule_rows, struct rule_settings);

#define ROW(row_name, row_type, member) ROW_OF(struct pokerd_settings, row_name, row_type, member)
#define FIXED_ROW(row_name, row_type, member) ROW(row_name, row_type, member), .is_fixed = true
#define SECONDS .unit_ms = SETTING_SECOND
static const struct setting rows[] = {
	{ FIXED_ROW("listen", SETTING_STRINGS, listen), .default_text = "( \"[::]:5679\" )", .min = 1, .items_min = 1,
	    .items_max = 16,
	    .sentence = "Addresses to listen on: address:port or [address]:port; with port 0 the kernel chooses." },
	{ ROW("tls.certificate", SETTING_STRING, tls.certificate), .default_text = "\"/etc/noah/pokerd.crt\"",
	    .sentence = "The certificate and its intermediates, PEM; if this and tls.key are empty, plain HTTP is used, on "
	                "loopback only." },
	{ ROW("tls.key", SETTING_STRING, tls.key), .default_text = "\"/etc/noah/pokerd.key\"",
	    .sentence = "The private key of the certificate, readable only by its owner." },
	{ ROW("tls.client_ca", SETTING_STRING, tls.client_ca), .default_text = "\"\"",
	    .sentence = "CA certificates for client certificates; if not empty, every client must have one." },
	{ ROW("endpoints", SETTING_STRINGS, endpoints), .default_text = "( )", .min = 1,
	    .sentence =
	        "URLs under which this node is poked; if empty, the host's names and addresses and localhost, with the "
	        "ports of listen." },
	{ FIXED_ROW("metrics_listen", SETTING_STRING, metrics_listen), .default_text = "\"\"",
	    .sentence = "Address on which /metrics can be read, without TLS and without a token; if empty, nowhere." },
	{ ROW("node", SETTING_STRING, node), .default_text = "\"\"", .max = 255,
	    .sentence = "The name of this node in the registry and in Chef; if empty, the host name." },
	{ FIXED_ROW("state_directory", SETTING_STRING, state_directory), .default_text = "\"/var/lib/pokerd\"", .min = 1,
	    .sentence = "Directory of the journal and the runs; created if missing, locked while pokerd runs." },
	{ FIXED_ROW("control_socket", SETTING_STRING, control_socket), .default_text = "\"/run/pokerd/control\"", .min = 1,
	    .max = 107, .sentence = "The socket for pokerd's commands; its folder is created if missing." },
	{ ROW("user", SETTING_STRING, user), .default_text = "\"_pokerd\"", .min = 1, .max = 32,
	    .sentence = "User that the listener runs as if root starts pokerd." },
	{ ROW("keys", SETTING_GROUPS, keys), .default_text = "( { name = \"noah\"; file = \"/etc/noah/noah.whpk\"; } )",
	    .items_min = 1, .items_max = 64, .table = &key_table, .sentence = "The trusted keys." },
	{ ROW("rules", SETTING_GROUPS, rules), .default_text = "( { keys = ( \"noah\" ); } )", .items_min = 1,
	    .items_max = 64, .table = &rule_table,
	    .sentence = "The commands to run for pokes; the first matching rule applies." },
	{ ROW("runs.quiet_seconds", SETTING_DURATION, runs.quiet_ms), .default_text = "2", .max = 3600, SECONDS,
	    .sentence = "Time without further pokes before a run starts." },
	{ ROW("runs.quiet_max_seconds", SETTING_DURATION, runs.quiet_max_ms), .default_text = "30", .max = 86400, SECONDS,
	    .sentence = "Time after the first poke at which a run starts even if more pokes arrive." },
	{ ROW("runs.splay_seconds", SETTING_DURATION, runs.splay_ms), .default_text = "0", .max = 86400, SECONDS,
	    .sentence = "Time over which nodes poked by the same event spread their starts." },
	{ ROW("runs.splay_per_node_seconds", SETTING_DURATION, runs.splay_per_node_ms), .default_text = "0", .max = 3600,
	    SECONDS, .sentence = "Added to runs.splay_seconds for each node that the change concerns, from 10 nodes on." },
	{ ROW("runs.min_interval_seconds", SETTING_DURATION, runs.min_interval_ms), .default_text = "30", .max = 86400,
	    SECONDS, .sentence = "Minimum time between the starts of two runs, once runs.burst is used up." },
	{ ROW("runs.burst", SETTING_INTEGER, runs.burst), .default_text = "2", .min = 1, .max = 1000,
	    .sentence = "Number of runs that may start without that interval." },
	{ ROW("runs.per_hour", SETTING_INTEGER, runs.per_hour), .default_text = "30", .max = BREAKER_PER_HOUR_MAX,
	    .sentence = "Number of runs that may start within an hour; further ones are held. 0: any number." },
	{ ROW("runs.time_limit_seconds", SETTING_DURATION, runs.time_limit_ms), .default_text = "3600", .min = 0.001,
	    .max = 604800, SECONDS,
	    .sentence = "Maximum time for a run; after that it gets SIGTERM, SIGINT and SIGKILL, ten seconds apart." },
	{ ROW("runs.failures_to_hold", SETTING_INTEGER, runs.failures_to_hold), .default_text = "5", .min = 1, .max = 1000,
	    .sentence = "Number of runs of a rule that fail in a row until its runs are held." },
	{ ROW("runs.kept", SETTING_INTEGER, runs.kept), .default_text = "100", .min = 1, .max = 1000000,
	    .sentence = "Number of runs that are remembered with their output." },
	{ ROW("runs.output_bytes_max", SETTING_INTEGER, runs.output_bytes_max), .default_text = "4194304", .min = 4096,
	    .max = 1073741824, .sentence = "Maximum bytes of a run's output that are stored." },
	{ FIXED_ROW("remember_hours", SETTING_DURATION, remember_ms), .default_text = "96", .min = 0.2, .max = 8760,
	    .unit_ms = SETTING_HOUR,
	    .sentence = "Time for which a finished poke is remembered; longer than its sender retries." },
	{ ROW("chef_lock_file", SETTING_STRING, chef_lock_file), .default_text = "\"auto\"",
	    .sentence =
	        "The file that chef-client locks while it runs; auto: that of the Chef or Cinc that is installed; if "
	        "empty, runs that pokerd did not start are not noticed." },
	{ ROW("status_token_file", SETTING_STRING, status_token_file), .default_text = "\"\"",
	    .sentence = "A file with the token with which /status and /runs may be read, readable only by its owner; if "
	                "empty, these paths do not exist." },
	{ ROW("report.url", SETTING_STRING, report.url), .default_text = "\"\"",
	    .sentence = "noahd, to which the result of each run is reported; if empty, nothing is reported." },
	{ ROW("report.token_file", SETTING_STRING, report.token_file), .default_text = "\"\"",
	    .sentence = "A file with the token for it, readable only by its owner; if empty, the request has none." },
	{ ROW("report.ca_file", SETTING_STRING, report.ca_file), .default_text = "\"\"",
	    .sentence = "CA certificates for its certificate; if empty, those of the system." },
	{ ROW("log_level", SETTING_CHOICE, log_level), .default_text = "\"info\"", .choices = log_levels,
	    .sentence = "Minimum importance of logged events." },
};
#undef SECONDS
#undef FIXED_ROW
#undef ROW

const struct settings_table pokerd_settings_table = TABLE_OF(rows, struct pokerd_settings);
