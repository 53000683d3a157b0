"""pokerd's settings and command line: errors, with file, line and reason, and exit statuses."""
# SPDX-License-Identifier: Apache-2.0

import os
import re
import unittest

from pokerd_case import PokerdCase
from support.daemon import pokerd_rule, run_command

FIVE_MISTAKES = """\
listen = ( "0.0.0.0" );
colour = "red";
runs: {
    burst = 0;
};
rules: ( { path = "/"; keys = ( "nobody" ); actions = ( "explode" ); command = ( "/bin/true" ); } );
"""


def pokerd(*arguments):
    return run_command("pokerd", *arguments)


class Settings(PokerdCase):
    def check(self, *settings, text=None, arguments=()):
        """--check-config: the exit status and the output."""
        self.make(*settings)
        if text is not None:
            with open(self.pokerd.configuration, "w", encoding="utf-8") as file:
                file.write(text)
        done = self.pokerd.run("--check-config", *arguments)
        self.assertEqual(done.stdout, "")
        return done.returncode, done.stderr

    def assert_refused(self, *settings, says):
        status, text = self.check(*settings)
        self.assertEqual(status, 78, text)
        self.assertRegex(text, says)

    def test_valid_settings_pass_silently(self):
        self.assertEqual(self.check(), (0, ""))

    def test_every_error_is_reported_with_its_line(self):
        status, text = self.check(text=FIVE_MISTAKES)
        self.assertEqual(status, 78)
        for line, name in ((2, "colour"), (4, "runs.burst"), (6, "rules[0].keys"), (6, "rules[0].actions")):
            self.assertRegex(text, rf"pokerd.conf:{line}: {re.escape(name)}: ")
        self.assertRegex(text, r"-o: listen|tls.certificate")

    def test_the_same_errors_keep_it_from_starting(self):
        self.check(text=FIVE_MISTAKES)
        done = self.pokerd.run()
        self.assertEqual(done.returncode, 78)
        self.assertIn("colour", done.stderr)
        self.assertIn("runs.burst", done.stderr)

    def test_plain_http_beyond_loopback_is_refused(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:0"):
            self.assert_refused("tls.certificate=", "tls.key=", f"listen={address}", says="only loopback is allowed")
        self.assertEqual(self.check("tls.certificate=", "tls.key=", "listen=[::1]:0")[0], 0)

    def test_an_expired_or_future_certificate_fails_the_check_but_not_a_start(self):
        self.certificate = self.authority.issue("old")
        self.authority.issue_again(self.certificate, -1)
        status, text = self.check()
        self.assertEqual(status, 78)
        self.assertRegex(text, 'tls.certificate: .* expired at ')
        self.make().start()
        self.pokerd.wait_for_log("warning .* expired at ")

    def test_a_certificate_that_is_not_for_an_endpoint_fails_the_check_and_not_a_start(self):
        self.assertEqual(self.check("endpoints=https://LOCALHOST:5679/,https://[::1]:5679/"), (0, ""))
        self.assert_refused("endpoints=https://localhost:5679/,https://web1.example.com:5679/",
                            says='tls.certificate: .*the certificate is not for "web1.example.com", a host of endpoints')
        self.pokerd.start()
        self.pokerd.wait_for_log('warning .*the certificate is not for "web1.example.com"')

    def test_a_command_that_cannot_be_executed_fails_the_check_and_not_a_start(self):
        plain = os.path.join(self.folder, "plain")
        with open(plain, "w", encoding="ascii"):
            pass
        for word, where in ((plain, ""), ("/nowhere/true", ""), ("noah-no-such-command", " in /usr/local/sbin:")):
            self.make(rules=[pokerd_rule([word])])
            done = self.pokerd.run("--check-config")
            self.assertEqual(done.returncode, 78)
            self.assertIn(f'rules[0].command: "{word}" is not an executable file{where}', done.stderr)
        self.pokerd.start()
        self.pokerd.wait_for_log("warning .*noah-no-such-command")

    def test_an_unreadable_key_file_is_reported_once_and_a_default_as_a_default(self):
        status, text = self.check(text="listen = ( \"127.0.0.1:0\" );")
        self.assertEqual(status, 78)
        self.assertEqual(text.count("/etc/noah/noah.whpk"), 1, text)
        self.assertIn("keys[0].file (default): cannot open /etc/noah/noah.whpk", text)

    def test_half_a_pair_of_certificate_and_key_is_refused(self):
        self.assert_refused("tls.key=", says="tls.key: is empty")
        self.assert_refused("tls.certificate=", says="tls.certificate: is empty")

    def test_files_that_are_missing_or_readable_by_others_are_reported(self):
        self.assert_refused("tls.certificate=/does/not/exist", says="tls.certificate: .*/does/not/exist")
        loose = os.path.join(self.folder, "loose.key")
        with open(os.open(loose, os.O_WRONLY | os.O_CREAT, 0o644), "w", encoding="ascii") as file:
            file.write("secret")
        self.assert_refused(f"tls.key={loose}", says="tls.key: .*0644")

    def test_a_certificate_that_cannot_be_used_is_refused_by_check_and_start(self):
        garbage = os.path.join(self.folder, "garbage.crt")
        with open(garbage, "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n")
        other = self.authority.issue("other")
        for setting, says in ((f"tls.certificate={garbage}", "tls.certificate: .*the certificate cannot be read"),
                              (f"tls.key={other.key}", "tls.certificate: .*does not belong to the certificate"),
                              (f"tls.client_ca={garbage}", "tls.client_ca: .*garbage.crt: the clients' authorities")):
            self.assert_refused(setting, says=says)
            done = self.pokerd.run()
            self.assertEqual(done.returncode, 78)
            self.assertRegex(done.stderr, says)

    def test_a_secret_that_others_can_read_is_refused_by_check_and_start(self):
        self.make()
        os.chmod(os.path.join(self.folder, "noah.keys"), 0o644)
        for arguments in (("--check-config",), ()):
            done = self.pokerd.run(*arguments)
            self.assertEqual(done.returncode, 78)
            self.assertRegex(done.stderr, r"keys\[0\].file: .*noah.keys .*0644")

    def test_a_public_key_may_be_readable_by_all(self):
        self.make()
        path = os.path.join(self.folder, "noah.keys")
        with open(path, "w", encoding="ascii") as file:
            file.write(self.fleet.public_text() + "\n")
        os.chmod(path, 0o644)
        self.assertEqual(self.pokerd.run("--check-config").returncode, 0)

    def test_invalid_rules_are_reported(self):
        for rule, says in ((pokerd_rule(["/bin/true"], path="chef"), r"rules\[0\].path"),
                           (pokerd_rule(["/bin/true"], path="/health"), "/health is reserved"),
                           (pokerd_rule(["/bin/true"], path="/status"), "/status is reserved"),
                           (pokerd_rule(["/bin/true"], path="/runs/a"), "all paths below /runs are reserved"),
                           (pokerd_rule(["/bin/true"], path="/a/:b"), r"rules\[0\].path"),
                           (pokerd_rule(["/bin/true"], path="/a/"), r"rules\[0\].path"),
                           (pokerd_rule(["/bin/true"], patterns=["/hosts"]), r"rules\[0\].patterns: .*//noah"),
                           (pokerd_rule([]), r"rules\[0\].command"),
                           (pokerd_rule(["./true"]), r"rules\[0\].command: .*relative"),
                           (pokerd_rule(["bin/true"]), r"rules\[0\].command: .*relative"),
                           (pokerd_rule(["/bin/true"]).replace('run_as = ""', 'run_as = "nobody-at-all"'),
                            r"rules\[0\].run_as: .*nobody-at-all"),
                           (pokerd_rule(["/bin/true"]).replace('keys = ( "noah" );', ""), r"rules\[0\].keys: is missing")):
            self.make(rules=[rule])
            done = self.pokerd.run("--check-config")
            self.assertEqual(done.returncode, 78, rule)
            self.assertRegex(done.stderr, says)

    def test_the_name_of_a_key_is_text(self):
        self.make()
        with open(self.pokerd.configuration, "rb") as file:
            text = file.read()
        with open(self.pokerd.configuration, "wb") as file:
            file.write(text.replace(b'"noah"', b'"\xff"'))
        done = self.pokerd.run("--check-config")
        self.assertEqual(done.returncode, 78)
        self.assertRegex(done.stderr, r"keys\[0\].name: .*UTF-8")

    def test_endpoints_and_paths_are_checked(self):
        self.assert_refused("endpoints=node.example.org", says="endpoints: .*https://")
        self.assert_refused("state_directory=var", says="state_directory: .*begins with '/'")
        self.assert_refused("control_socket=/" + "x" * 120, says="control_socket")

    @unittest.skipIf(os.geteuid(), "only root needs the user")
    def test_a_missing_user_is_reported_with_the_command_to_create_it(self):
        self.assert_refused("user=nobody-at-all", says="useradd --system .*nobody-at-all")

    @unittest.skipIf(os.geteuid(), "only root becomes another user")
    def test_a_user_that_is_root_is_refused(self):
        self.assert_refused("user=root", says="user: .*root")

    def test_a_state_directory_that_cannot_be_created_is_a_temporary_error(self):
        self.make("state_directory=/proc/pokerd")
        done = self.pokerd.run()
        self.assertIn(done.returncode, (75, 78), done.stderr)
        self.assertIn("/proc/pokerd", done.stderr)

    def test_a_journal_of_a_newer_version_is_left_unchanged(self):
        self.start()
        self.pokerd.stop()
        path = os.path.join(self.pokerd.state, "journal")
        with open(path, "r+b") as journal:
            magic = journal.readline()
            journal.seek(0)
            journal.write(magic.replace(b"2\n", b"9\n"))
        done = self.pokerd.run()
        self.assertEqual(done.returncode, 78)
        self.assertIn("newer", done.stderr)


class CommandLine(unittest.TestCase):
    def test_help_and_version_need_no_settings(self):
        self.assertRegex(pokerd("--version").stdout, r"^pokerd \d+\.\d+\.\d+\n$")
        self.assertIn("usage: pokerd", pokerd("--help").stdout)
        self.assertIn("runs.quiet_seconds", pokerd("--help-settings").stdout)

    def test_the_example_loads_to_the_defaults(self):
        text = pokerd("--example-config").stdout
        self.assertIn("#listen", text)
        self.assertIn("runs: {", text)

    def test_invalid_arguments_are_a_usage_error(self):
        for arguments in (("fly",), ("--fly",), ("status", "now"), ("-o",)):
            self.assertEqual(pokerd(*arguments).returncode, 64, arguments)

    def test_each_command_has_its_help(self):
        words = re.findall(r"^  ([a-z]+)", pokerd("--help").stdout, re.MULTILINE)
        self.assertIn("status", words)
        for word in words:
            with self.subTest(word):
                done = pokerd(word, "--help")
                self.assertEqual((0, ""), (done.returncode, done.stderr))
                self.assertTrue(done.stdout.startswith(f"usage: pokerd {word}"), done.stdout)
                self.assertIn("--json", done.stdout)

    def test_an_unknown_command_is_refused_with_those_that_exist(self):
        done = pokerd("histroy")
        self.assertEqual(64, done.returncode)
        self.assertRegex(done.stderr, r'^pokerd: unknown command "histroy": allowed are status, .*history')

    def test_an_option_without_its_command_is_a_usage_error(self):
        done = pokerd("--json")
        self.assertEqual((64, "pokerd: --json needs a command\nTry 'pokerd --help'.\n"), (done.returncode, done.stderr))

    def test_a_requested_file_must_exist(self):
        done = pokerd("-c", "/does/not/exist")
        self.assertEqual(done.returncode, 78)
        self.assertIn("/does/not/exist", done.stderr)
