/* SPDX-License-Identifier: Apache-2.0 */
#include "pokerd/commands/command_ask.h"

#include "common/control_client.h"
#include "common/json.h"
#include "pokerd/commands/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool command_ask(const struct pokerd_settings *settings, json_t *take_request, json_t **out_answer, struct error *err)
{
	char *line = json_render(take_request, NULL);
	int fd = control_connect(settings->control_socket, "pokerd", err);
	bool answered = fd >= 0 && control_ask(fd, line, -1, out_answer, err);

	if (fd < 0)
		err->kind = ERROR_UNAVAILABLE; /* it may run again later */
	else
		close(fd);
	free(line);
	json_decref(take_request);
	return answered;
}

int command_fail(const struct error *err)
{
	fprintf(stderr, "pokerd: %s\n", err->text);
	return command_line_status_of(err);
}

void command_print_json(const json_t *value)
{
	char *text = json_render(value, NULL);

	puts(text);
	free(text);
}

int command_show(const struct command_line *line, const struct pokerd_settings *settings, const char *word,
    void (*print)(const json_t *answer))
{
	json_t *answer;
	struct error err;

	if (!command_ask(settings, json_pack("{s:s}", "command", word), &answer, &err))
		return command_fail(&err);
	(line->own[COMMAND_JSON].count ? command_print_json : print)(answer);
	json_decref(answer);
	return EXIT_STATUS_FINE;
}
