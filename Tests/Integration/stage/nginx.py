"""nginx before another server: TLS and HTTP/2 as a real server speaks them."""

import socket
from pathlib import Path

from .processes import Child, free_port
from .waiting import until

# nginx can't take port 0, so another program may take the free port first: try again with the next.
TRIES = 5


class Nginx(Child):
    """Serves https://localhost:PORT with the given certificate and hands each request to `to` by HTTP/1.1; but those to /early,
    which it answers with 429 before it has their body."""

    def __init__(self, folder: Path, key, certificate, to, http2=True):
        folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(TRIES):
            self.port = free_port()
            self.access = folder / "access.log"
            (folder / "nginx.conf").write_text(_configuration(folder, self.port, key, certificate, to, http2))
            super().__init__(["nginx", "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"], name="nginx")
            until(lambda: _listens(self.port) or not self.running, "nginx listening or ended")
            if self.running:
                break
            assert "Address already in use" in self.told and attempt < TRIES - 1, self.told
            Child.close(self)
        self.url = f"https://localhost:{self.port}"

    @property
    def protocols(self):
        """The protocol of each request so far, as nginx saw it."""
        return self._logged(0)

    @property
    def connections(self):
        """The number of the connection by which each request came, those that are over alone."""
        return self._logged(1)

    def _logged(self, place):
        lines = self.access.read_text().splitlines() if self.access.exists() else []
        return [line.split()[place] for line in lines]


def _listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def _configuration(folder, port, key, certificate, to, http2):
    return f"""
daemon off;
master_process off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    log_format requests '$server_protocol $connection';
    access_log {folder}/access.log requests;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    client_max_body_size 0;
    server {{
        listen 127.0.0.1:{port} ssl {"http2" if http2 else ""};
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        location /early {{ return 429 'slow down'; }}
        location / {{
            proxy_pass {to};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_buffering off;
            proxy_request_buffering off;
            proxy_read_timeout 60s;
        }}
    }}
}}
"""
