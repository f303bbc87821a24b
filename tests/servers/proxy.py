"""The given docs/deploy/nginx.conf in a real nginx, started by the commands of Debian's nginx.service.

Only ports and paths are replaced, so that it runs beside whatever the machine serves.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
from pathlib import Path

from tests.servers.machine import ROOT, wait_for

GIVEN = ROOT / "docs/deploy/nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
MAY_RUN = bool(NGINX) and os.geteuid() == 0
NAME = "panel.example.com"
# The options of Debian's unit file.
DEBIAN = ("-g", "daemon on; master_process on;")


def free_ports(number: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Nginx:
    """Reached under `NAME` by TLS at `port`, and without at `plain_port`."""

    def __init__(self, folder: Path, panel_port: int) -> None:
        self.folder = folder
        self.port, self.plain_port = free_ports(2)
        self.pid = folder / "nginx.pid"
        self.error_log = folder / "nginx.stderr"
        self.file = folder / "nginx.conf"
        self.web = Path(tempfile.mkdtemp())  # its user www-data may not look into the tests' own folder
        self.web.chmod(0o755)
        self.file.write_text(self._here(GIVEN.read_text(), panel_port))
        self._certify()

    def _here(self, text: str, panel_port: int) -> str:
        for given, here in (
            (" 80 ", f" {self.plain_port} "),
            ("[::]:80 ", f"[::]:{self.plain_port} "),
            (" 443 ", f" {self.port} "),
            ("[::]:443 ", f"[::]:{self.port} "),
            ("127.0.0.1:8000", f"127.0.0.1:{panel_port}"),
            ("/run/nginx.pid", str(self.pid)),
            ("/etc/nginx/tls", str(self.folder)),
            ("/var/www/html", str(self.web)),
        ):
            assert given in text, given
            text = text.replace(given, here)
        return text

    def _certify(self) -> None:
        own = ["-keyout", str(self.folder / "key.pem"), "-out", str(self.folder / "certificate.pem")]
        request = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        subprocess.run([*request, "-subj", f"/CN={NAME}", *own], check=True, capture_output=True, timeout=30)

    def start(self) -> "Nginx":
        with self.error_log.open("ab") as log:
            subprocess.run([NGINX, "-t", "-q", "-c", self.file, *DEBIAN], check=True, stderr=log, timeout=20)
            subprocess.run([NGINX, "-c", self.file, *DEBIAN], check=True, stderr=log, timeout=20)
        wait_for(self.pid.exists, 10)
        return self

    def stop(self) -> None:
        if self.pid.exists():
            os.kill(int(self.pid.read_text()), signal.SIGTERM)
            wait_for(lambda: not self.pid.exists(), 10)
        shutil.rmtree(self.web, ignore_errors=True)

    def connect(self, *protocols: str, host: str = "127.0.0.1") -> ssl.SSLSocket:
        context = ssl.create_default_context(cafile=str(self.folder / "certificate.pem"))
        context.check_hostname = False
        if protocols:
            context.set_alpn_protocols(list(protocols))
        return context.wrap_socket(socket.create_connection((host, self.port), timeout=20), server_hostname=NAME)
