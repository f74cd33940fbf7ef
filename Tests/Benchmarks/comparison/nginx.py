"""nginx as a process with a configuration made here: as an upstream, as the collector's stub and as a proxy."""

import os
from pathlib import Path

from stage.processes import Child

from .waiting import await_port

HEAD = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {descriptors};
pid {folder}/nginx.pid;
error_log stderr {log_level};
{user}
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    client_body_buffer_size 256k;
    client_max_body_size 0;
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
{blocks}
}}
"""


class NginxProcess(Child):
    """Runs until it is closed. `command` turns the words of a command into those that pin it to a core."""

    def __init__(self, name, folder: Path, ports, blocks, command=list, log_level="error", connections=16384):
        folder.mkdir(parents=True)
        # The worker leaves root's rights for those of a user who can't read the folder.
        user = "user root;" if os.geteuid() == 0 else ""
        file = folder / "nginx.conf"
        file.write_text(HEAD.format(
            descriptors=65536, connections=connections, folder=folder, log_level=log_level, user=user, blocks=blocks))
        super().__init__(command(["nginx", "-p", folder, "-e", "stderr", "-c", file]), name=name)
        for port in ports:
            await_port(port, self)
