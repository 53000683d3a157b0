"""The whole chain with a real chef-client: a write to noahd, a signed POST to pokerd, a run that knows its cause."""
# SPDX-License-Identifier: Apache-2.0

import json
import os
import shutil
import tempfile
import unittest

from chef.client import RECIPE, ChefClient, NoGems
from support.certificates import Authority
from support.daemon import Noahd, Pokerd, pokerd_rule, wait_until

PATH = "/ephemerals/chef/notify/web1"
RUN_SECONDS = 120


class ChefClientTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.causes = os.path.join(self.folder, "causes.txt")
        try:
            self.chef = ChefClient(self.folder)
        except NoGems as reason:
            if "CI" in os.environ:
                raise
            self.skipTest(str(reason))
        self.authority = Authority(self.folder)
        self.noahd = Noahd(self.folder, f"delivery.ca_file={self.authority.certificate}")
        self.addCleanup(self.noahd.kill)

    def start(self, recipe=RECIPE, rule=None, settings=()):
        """noahd, pokerd with the recipe as its rule, and a watch that connects them."""
        environment = {"CAUSES_FILE": self.causes, **self.chef.environment()}
        rule = rule or pokerd_rule(self.chef.command(recipe), environment=environment)
        self.pokerd = Pokerd(self.folder, self.authority.issue("node"), [self.noahd.public_key()], [rule], *settings)
        self.addCleanup(self.pokerd.kill)
        self.pokerd.start()
        self.noahd.start()
        watch = {"pattern": f"//noah{PATH}", "endpoint": self.pokerd.endpoint}
        self.assertEqual(200, self.noahd.put("/watches", watch).status)

    def put(self, data):
        """The revision of the change."""
        answer = self.noahd.put(PATH, data)
        self.assertEqual(200, answer.status)
        return int(answer.headers["noah-revision"])

    def ended_runs(self, count):
        """The records of count finished runs, oldest first; there are no others."""
        def look():
            runs = self.pokerd.history()
            return runs if len([run for run in runs if run["ended_ms"]]) >= count else None
        runs = wait_until(look, RUN_SECONDS, f"{count} runs have ended")
        self.assertEqual(count, len(runs))
        return sorted(runs, key=lambda run: run["started_ms"])

    def test_a_write_causes_a_run_that_knows_its_cause(self):
        self.start()
        revision = self.put("1")
        run, = self.ended_runs(1)
        self.assertEqual((0, "success"), (run["exit"], run["result"]))
        with open(self.causes, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(f"Run {run['run']} was made by", text)
        self.assertRegex(text, rf"create of {PATH} \(data 1, event \S+-{revision}\)")

    def test_writes_during_a_run_cause_exactly_one_more_that_knows_them_all(self):
        self.start()
        self.put("1")
        wait_until(self.pokerd.history, RUN_SECONDS, "the first run has begun")
        revisions = [self.put(str(data)) for data in range(2, 12)]
        self.ended_runs(2)
        with open(self.causes, encoding="utf-8") as file:
            text = file.read()
        for revision in revisions:
            self.assertRegex(text, rf"event \S+-{revision}\)")

    def test_the_handler_tells_what_was_updated(self):
        self.start(settings=[f"report.url=http://127.0.0.1:{self.noahd.port}", "node=web1"])
        self.put("1")
        run, = self.ended_runs(1)
        self.assertEqual({"updated": 1, "total": 1, "exception": None}, run["report"], run["report_error"])
        answer = wait_until(lambda: (found := self.noahd.get("/ephemerals/runs/web1")).status == 200 and found, 20, "the report")
        report = json.loads(answer.body)
        self.assertEqual((run["run"], 0, 1, 1, None),
                         tuple(report[key] for key in ("run", "exit", "updated", "total", "exception")))
        self.assertEqual([poke["event"] for poke in run["pokes"]], report["causes"])

    def test_the_handler_tells_of_an_exception_before_and_while_chef_converges(self):
        recipe = os.path.join(self.folder, "recipe.rb")
        nothing = "file '/does/not/matter' do\n  action :nothing\nend\n"
        rows = (('raise "gr\\xff"\n', (0, 0), r"^RuntimeError: gr\ufffd$"),
                (nothing + "ruby_block 'x' do\n  block { raise IOError, 'no disk' }\nend\n", (0, 2), "^IOError: .*no disk"))
        self.start(recipe)
        for number, (text, counts, exception) in enumerate(rows, 1):
            with open(recipe, "w", encoding="utf-8") as file:
                file.write(text)
            self.put(str(number))
            run = self.ended_runs(number)[-1]
            self.assertEqual(counts, (run["report"]["updated"], run["report"]["total"]))
            self.assertRegex(run["report"]["exception"], exception)

    def test_a_licence_that_is_not_accepted_is_told_with_remedies_that_work(self):
        environment = {**self.chef.environment(), "CAUSES_FILE": self.causes}
        del environment["CHEF_LICENSE"]
        configuration = os.path.join(self.folder, "client.rb")
        command = [configuration if word.endswith("client.rb") else word for word in self.chef.command()]
        shutil.copy(self.chef.configuration, configuration)
        self.start(rule=pokerd_rule(command, environment=environment))
        self.put("1")
        run, = self.ended_runs(1)
        self.assertEqual((172, "failed"), (run["exit"], run["result"]))
        self.assertIn('put chef_license "accept" into client.rb', run["reason"])
        self.assertIn('CHEF_LICENSE = "accept" into the environment of the rule', run["reason"])
        with open(configuration, "a", encoding="utf-8") as file:
            file.write('chef_license "accept-no-persist"\n')
        self.put("2")
        self.assertEqual("success", self.ended_runs(2)[1]["result"])

    def test_a_recipe_that_raises_is_a_failed_run_whose_output_has_the_reason(self):
        recipe = os.path.join(self.folder, "raises.rb")
        with open(recipe, "w", encoding="utf-8") as file:
            file.write("raise 'the database is not there'\n")
        self.start(recipe)
        self.put("1")
        run, = self.ended_runs(1)
        self.assertEqual((1, "failed"), (run["exit"], run["result"]))
        self.assertIn("the database is not there", run["tail"])
