"""Operation: /health, /metrics and /stats, as in doc/protocol.md, Metrics."""
# SPDX-License-Identifier: Apache-2.0

import tempfile
import time
import unittest

from support import open_metrics
from support.daemon import Noahd, wait_until
from support.fault import Fault
from support.raw_http import Connection, format_request
from support.sink import Sink

TEXT = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class OperationTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def noahd(self, *settings, **options):
        daemon = Noahd(self.folder, *settings, **options)
        self.addCleanup(daemon.kill)
        return daemon.start()

    def metrics(self, noahd):
        answer = noahd.get("/metrics")
        self.assertEqual((200, TEXT), (answer.status, answer.headers["content-type"]))
        return open_metrics.parse(answer.body.decode())

    def test_requests_are_counted_by_route_method_and_status(self):
        noahd = self.noahd("store.engine=memory")
        for number in range(3):
            noahd.put(f"/hosts/web{number}", {"status": "up"})
        noahd.put("/hosts/web1", {"status": "UP"})
        noahd.get("/hosts/web1")
        noahd.get("/hosts/none")
        noahd.request("PATCH", "/hosts/web1")
        noahd.get("/ephemerals/none")
        noahd.get("/no/such/path/at/all")
        with Connection(noahd.port) as connection:
            connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
            self.assertEqual(400, connection.receive().status)
        requests = self.metrics(noahd)["noahd_requests"]
        for count, route, method, status in ((3, "/hosts/:host", "PUT", 200), (1, "/hosts/:host", "PUT", 400),
                                             (1, "/hosts/:host", "GET", 200), (1, "/hosts/:host", "GET", 404),
                                             (1, "/hosts/:host", "other", 405), (1, "/ephemerals/**", "GET", 404),
                                             (1, "none", "GET", 404), (1, "none", "GET", 400)):
            self.assertEqual(count, requests.value(route=route, method=method, status=str(status)),
                             (route, method, status))
        self.assertEqual(10, sum(requests.samples.values()) - requests.value(route="/health", method="GET",
                                                                             status="200"))

    def test_durations_commits_and_batches_are_counted(self):
        noahd = self.noahd()
        for number in range(5):
            noahd.put(f"/ephemerals/{number}", b"x")
        metrics = self.metrics(noahd)
        took = metrics["noahd_request_duration_seconds"]
        self.assertEqual(5, took.count(method="PUT"))
        self.assertGreater(took.samples["_sum", (("method", "PUT"),)], 0)
        self.assertEqual(5, metrics["noahd_store_commit_duration_seconds"].count())
        self.assertEqual(5, metrics["noahd_store_batch_changes"].samples["_sum", ()])

    def test_objects_are_counted_by_kind(self):
        noahd = self.noahd("store.engine=memory")
        noahd.put("/hosts/web1", {"status": "up"})
        noahd.put("/services/http/web1", {"status": "up", "host_status": "up"})
        noahd.put("/ephemerals/a", b"x")
        noahd.put("/ephemerals/b", b"x")
        noahd.delete("/ephemerals/b")
        metrics = self.metrics(noahd)
        self.assertEqual({"hosts": 1, "services": 1, "ephemerals": 1},
                         {kind: value for (_, ((_, kind),)), value in metrics["noahd_objects"].samples.items()
                          if value})
        self.assertEqual(int(noahd.get("/version").headers["noah-revision"]), metrics["noahd_revision"].value())
        self.assertEqual(metrics["noahd_revision"].value(), metrics["noahd_log_changes"].value())
        self.assertEqual(1, metrics["noahd_log_oldest_revision"].value())

    def test_connections_and_the_process_are_measured(self):
        began = time.time()
        noahd = self.noahd("store.engine=memory")
        before = self.metrics(noahd)
        with Connection(noahd.port) as connection:
            connection.request("GET", "/health")
            after = self.metrics(noahd)
        self.assertEqual(before["noahd_connections"].value() + 1, after["noahd_connections"].value())
        self.assertEqual(before["process_open_fds"].value() + 1, after["process_open_fds"].value())
        self.assertGreater(after["process_resident_memory_bytes"].value(), 1 << 20)
        self.assertGreater(after["process_cpu_seconds"].value(), 0)
        self.assertLess(abs(after["process_start_time_seconds"].value() - began), 10)

    def test_waiting_reads_are_counted(self):
        noahd = self.noahd("store.engine=memory")
        self.assertEqual(0, self.metrics(noahd)["noahd_waiters"].value())
        with Connection(noahd.port) as waiting:
            waiting.send(format_request(waiting.host, "GET", "/ephemerals/later?wait=30"))
            wait_until(lambda: self.metrics(noahd)["noahd_waiters"].value() == 1, 10, "it waits")
            noahd.put("/ephemerals/later", b"x")
            self.assertEqual(200, waiting.receive().status)
        self.assertEqual(0, self.metrics(noahd)["noahd_waiters"].value())

    def test_event_streams_are_counted(self):
        noahd = self.noahd("store.engine=memory")
        with Connection(noahd.port) as stream:
            stream.send(format_request(stream.host, "GET", "/events", headers={"Accept": "text/event-stream"}))
            self.assertEqual(200, stream.receive_head().status)
            self.assertEqual(1, self.metrics(noahd)["noahd_streams"].value())
        wait_until(lambda: self.metrics(noahd)["noahd_streams"].value() == 0, 10, "it has ended")

    def test_deliveries_are_counted(self):
        noahd = self.noahd("store.engine=memory", "delivery.retry_seconds=0.05")
        with Sink() as sink:
            noahd.put("/watches", {"pattern": "//noah/ephemerals/told", "endpoint": sink.url})
            noahd.put("/ephemerals/told", b"x")
            wait_until(lambda: self.metrics(noahd)["noahd_deliveries_acknowledged"].value() == 1, 10,
                       "one is acknowledged")
            self.assertEqual(0, self.metrics(noahd)["noahd_deliveries_pending"].value())
        noahd.put("/ephemerals/told", b"y")
        wait_until(lambda: self.metrics(noahd)["noahd_deliveries_failed"].value() > 1, 10, "tries fail")
        self.assertEqual(1, self.metrics(noahd)["noahd_deliveries_pending"].value())

    def test_stats_returns_the_same_as_json(self):
        noahd = self.noahd("store.engine=memory")
        noahd.put("/hosts/web1", {"status": "up"})
        families, stats = self.metrics(noahd), noahd.get("/stats").json()
        self.assertEqual({name.removeprefix("noahd_") for name in families}, set(stats))
        self.assertIn({"route": "/hosts/:host", "method": "PUT", "status": "200", "value": 1}, stats["requests"])
        self.assertIn({"kind": "hosts", "value": 1}, stats["objects"])
        self.assertEqual(1, stats["revision"])
        self.assertEqual(1, stats["store_commit_duration_seconds"]["count"])
        self.assertEqual({"le": 10, "count": 1}, stats["store_commit_duration_seconds"]["buckets"][-1])

    def test_health_tells_why_noahd_is_not_ready(self):
        fault = Fault(self.folder)
        noahd = self.noahd(environment=fault.environment())
        self.assertEqual({"status": "ready"}, noahd.get("/health").json())
        fault.order("write every ENOSPC", noahd.state)
        self.assertEqual(503, noahd.put("/ephemerals/a", b"x" * 500).status)
        answer = noahd.get("/health")
        self.assertEqual((503, "not ready"), (answer.status, answer.json()["status"]))
        self.assertEqual(["Writes are not possible at the moment"], answer.json()["reasons"])

    def test_a_stopping_noahd_is_not_ready(self):
        noahd = self.noahd("store.engine=memory")
        with Connection(noahd.port) as asking, Connection(noahd.port) as busy:
            asking.request("GET", "/version")
            busy.send(b"GET / HTTP/1.1\r\n")  # so that noahd does not exit
            wait_until(lambda: self.metrics(noahd)["noahd_requests_open"].value() == 2, 10, "the other was read")
            noahd.process.terminate()
            noahd.wait_for_log("stopping")
            answer = asking.request("GET", "/health")
        self.assertEqual((503, ["noahd is stopping"]), (answer.status, answer.json()["reasons"]))
        self.assertEqual(0, noahd.wait_for_exit())


class OpenMetricsTest(unittest.TestCase):
    GOOD = ('# TYPE a_seconds counter\n# UNIT a_seconds seconds\n# HELP a_seconds B.\n'
            'a_seconds_total{c="d\\n"} 1\n# EOF\n')

    def test_the_reader_accepts_valid_text(self):
        self.assertEqual(1, open_metrics.parse(self.GOOD)["a_seconds"].value(c="d\n"))

    def test_the_reader_refuses_invalid_text(self):
        for right, wrong in (("# EOF\n", ""), ("counter", "count"), ("_total", ""),
                             ("UNIT a_seconds seconds", "UNIT a_seconds s"),
                             ('{c="d\\n"}', '{c="d"x"}'), (' 1\n', ' one\n'), ("# HELP a_seconds B.\n", "\n"),
                             (' 1\n', ' -1\n'), (' 1\n', ' 1\na_seconds_total{c="d\\n"} 1\n')):
            with self.subTest(wrong), self.assertRaises(ValueError):
                open_metrics.parse(self.GOOD.replace(right, wrong))
