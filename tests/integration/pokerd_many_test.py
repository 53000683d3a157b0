"""More pokes in a few minutes than memory has room for ids: none is refused, none runs twice."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import threading

from pokerd_case import PokerdCase
from support import raw_http

COUNT, CONNECTIONS = 17000, 6  # more than JOURNAL_PAST_MAX; fewer than one address may have
RUNS = ("runs.quiet_seconds=0.5", "runs.quiet_max_seconds=0.5")


class Many(PokerdCase):
    def send(self, numbers, statuses):
        with self.connect() as connection:
            for number in numbers:
                body = self.body(f"e-{number}")
                connection.send(raw_http.format_request(connection.host, "POST", "/", body,
                                                        self.own.headers(f"id_e-{number}", body)))
                statuses[number] = connection.receive("POST").status

    def send_all(self, numbers):
        """What was answered to each."""
        statuses = {}
        senders = [threading.Thread(target=self.send, args=(numbers[place::CONNECTIONS], statuses))
                   for place in range(CONNECTIONS)]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        return statuses

    def test_no_poke_is_refused_for_their_number_and_each_is_known_afterwards(self):
        self.start(*RUNS)
        self.gate.shut()
        self.poke("e-first")
        self.gate.wait_for_runs(1)
        statuses = self.send_all(range(COUNT))
        self.assertEqual({number: status for number, status in statuses.items() if status != 202}, {})
        self.assertEqual(len(statuses), COUNT)
        self.gate.open()
        _, second = self.wait_for_history(2)
        self.assertEqual(len(second["pokes"]) + second["dropped"], COUNT)
        self.assertEqual(self.poke("e-after").status, 202)
        self.wait_for_history(3)
        sample = range(0, COUNT, 100)
        for _ in range(2):
            self.assertEqual(set(self.send_all(sample).values()), {200})
            self.assertEqual(self.poke("e-0").json()["state"], "done")
            self.pokerd.restart()
        self.assertGreater(len(os.listdir(os.path.join(self.pokerd.state, "ids"))), 0)
        self.assertEqual(len(self.gate.executed()), 3)
        self.assertEqual(json.loads(self.pokerd.run("status", "--json").stdout)["rules"][0]["waiting"], 0)
