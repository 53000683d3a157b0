/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/commands.h"

const struct command_line_option command_options[COMMAND_OPTIONS] = {
	[COMMAND_KEY] = { "key", "FILE", "a file with the key: whsk_... (private) or whsec_... to sign, whpk_... to verify",
	    0 },
	[COMMAND_HEADERS] = { "headers", "FILE",
	    "a file with the headers webhook-id, webhook-timestamp and webhook-signature", 0 },
	[COMMAND_BODY] = { "body", "FILE", "a file with the bytes of the body", 0 },
	[COMMAND_AT] = { "at", "TIME", "judge the age at this time, as in \"2026-11-30 17:12:03\" (UTC) or 1649367553", 0 },
	[COMMAND_ANY_AGE] = { "any-age", NULL, "accept any age", 0 },
	[COMMAND_HMAC] = { "hmac", NULL, "create an HMAC secret (whsec_...) instead of a pair", 0 },
	[COMMAND_LOCATION] = { "location", "PATH", "what has changed, as in --location /ephemerals/chef/notify/web1", 0 },
	[COMMAND_ACTION] = { "action", "ACTION", "create, update (default) or delete", 0 },
	[COMMAND_DATA] = { "data", "VALUE", "the data of the change: JSON, or else a text", 0 },
	[COMMAND_CA] = { "ca", "FILE", "the authority of the node's certificate, PEM (default: those of the system)", 0 },
	[COMMAND_JSON] = { "json", NULL, "print the answer as JSON", 0 },
};

#define OPTION(own) COMMAND_LINE_BIT(COMMAND_##own)
const struct command commands[] = {
	{ { .word = "", .sentence = "wait for pokes, and run the commands of the rules" }, NULL },
	{ { .word = "status", .options = OPTION(JSON), .sentence = "print what the running pokerd is doing" },
	    command_status },
	{ { .word = "history",
	      .options = OPTION(JSON),
	      .sentence = "print the remembered runs and their causes, the oldest first" },
	    command_history },
	{ { .word = "keygen",
	      .arguments = "NAME",
	      .fewest = 1,
	      .most = 1,
	      .options = OPTION(HMAC) | OPTION(JSON),
	      .sentence = "create a pair of keys, NAME.whsk and NAME.whpk, to sign and verify pokes",
	      .is_apart = true },
	    command_keygen },
	{ { .word = "poke",
	      .arguments = "URL",
	      .fewest = 1,
	      .most = 1,
	      .options =
	          OPTION(KEY) | OPTION(BODY) | OPTION(LOCATION) | OPTION(ACTION) | OPTION(DATA) | OPTION(CA) | OPTION(JSON),
	      .required = OPTION(KEY),
	      .sentence = "sign one poke, send it to a node, and print the answer",
	      .is_apart = true },
	    command_poke },
	{ { .word = "verify",
	      .options = OPTION(KEY) | OPTION(HEADERS) | OPTION(BODY) | OPTION(AT) | OPTION(ANY_AGE) | OPTION(JSON),
	      .required = OPTION(KEY) | OPTION(HEADERS) | OPTION(BODY),
	      .sentence = "check the signature of a request that was saved to files",
	      .is_apart = true },
	    command_verify },
};
#undef OPTION
const size_t command_count = sizeof(commands) / sizeof(*commands);
