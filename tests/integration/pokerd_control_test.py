"""What pokerd answers at its control socket, whatever arrives there."""
# SPDX-License-Identifier: Apache-2.0

import json
import socket

from pokerd_case import PokerdCase


class Control(PokerdCase):
    def ask(self, line):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(self.pokerd.control)
            client.sendall(line + b"\n")
            with client.makefile("rb") as answers:
                return json.loads(answers.readline())

    def test_a_request_that_is_no_known_command_is_refused_with_the_reason(self):
        self.start()
        for line, said in ((b"", "malformed JSON"), (b"status", "malformed JSON"), (b"[]", "a JSON object is required"),
                           (b"{}", "does not know the command"), (b'{"command":7}', "does not know the command"),
                           (b'{"command":"statu"}', "does not know the command"),
                           (b'{"command":"status","for_ms":1}', 'status does not take "for_ms"')):
            answer = self.ask(line)
            self.assertEqual(answer["result"], "failure", line)
            self.assertIn(said, answer["error_message"])
        self.assertEqual(self.ask(b'{"command":"status"}')["health"], "ready")
