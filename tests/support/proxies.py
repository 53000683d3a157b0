"""Debian's nginx, Squid and Varnish in front of a server on loopback: started with a configuration of their own, ended
with all they started."""
# SPDX-License-Identifier: Apache-2.0

import os
import subprocess

from support.daemon import reserve_port, wait_until
from support.raw_http import Connection

NGINX = """\
daemon off;
{user}
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=zone:1m;
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{server};
{settings}
        }}
    }}
}}
"""

NGINX_CACHE = """\
            proxy_cache zone;
            proxy_cache_valid 200 1s;
            proxy_cache_revalidate on;
            add_header X-Cache $upstream_cache_status;
"""

# Its cache is fresh for a minute; a request with max-age=0 revalidates it.
SQUID = """\
http_port 127.0.0.1:{port} accel defaultsite=127.0.0.1:{server} no-vhost
cache_peer 127.0.0.1 parent {server} 0 no-query originserver
http_access allow all
cache_mem 8 MB
refresh_pattern . 1 100% 1
visible_hostname squid
access_log none
cache_log /dev/null
pid_filename none
netdb_filename none
pinger_enable off
coredump_dir /
shutdown_lifetime 0 seconds
"""

# Its cache is stale at once, and kept for revalidation.
VARNISH = """\
vcl 4.1;
backend server {{ .host = "127.0.0.1"; .port = "{server}"; }}
sub vcl_recv {{ set req.http.Host = "127.0.0.1:{server}"; }}
sub vcl_backend_response {{
    set beresp.ttl = 0.001s;
    set beresp.grace = 0s;
    set beresp.keep = 1h;
}}
"""


class Proxy:
    """One of them, accepting connections on its own port between start() and stop()."""

    def __init__(self, folder, server_port):
        self.folder = folder
        self.port = reserve_port()
        self._values = {"folder": folder, "port": self.port, "server": server_port,
                        "user": "user root;" if os.geteuid() == 0 else ""}
        self._process = None

    def start(self):
        with open(os.path.join(self.folder, "proxy.log"), "w", encoding="utf-8") as log:
            self._process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            wait_until(self._accepts, 30, f"{type(self).__name__} accepts connections")
        except AssertionError:
            self.stop()
            raise
        return self

    def stop(self):
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def write_configuration(self, template, **values):
        """The path of the file that is made."""
        path = os.path.join(self.folder, "proxy.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(template.format(**self._values, **values))
        return path

    def _accepts(self):
        if self._process.poll() is not None:
            with open(os.path.join(self.folder, "proxy.log"), encoding="utf-8") as log:
                raise AssertionError(f"{type(self).__name__} left: {log.read()}")
        try:
            Connection(self.port).close()
        except ConnectionRefusedError:
            return False
        return True


class Nginx(Proxy):
    """Unmodified: proxy_pass and nothing else."""

    settings = ""

    def command(self):
        path = self.write_configuration(NGINX, settings=self.settings)
        return ["nginx", "-p", self.folder, "-c", path, "-e", os.path.join(self.folder, "nginx.log")]


class NginxCache(Nginx):
    """With proxy_cache; its cache is fresh for a second."""

    settings = NGINX_CACHE


class Squid(Proxy):
    def command(self):
        return ["squid", "-N", "-f", self.write_configuration(SQUID)]


class Varnish(Proxy):
    def command(self):
        path = self.write_configuration(VARNISH)
        return ["varnishd", "-F", "-j", "none", "-n", os.path.join(self.folder, "varnish"), "-f", path, "-a",
                f"127.0.0.1:{self.port}", "-s", "malloc,8m", "-T", "none", "-p", "vsl_space=1m"]
