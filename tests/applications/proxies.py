"""Real nginx, Caddy and Traefik with the configurations exactly as the panel shows them; only ports are replaced.

`beside` is what an operator may have set for all applications of the proxy.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cloudpanel.applications.guard.configurations import all_for

BIN = Path(sys.executable).parent
KINDS = ("nginx", "caddy", "traefik")
NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  {beside}
  include {folder}/applications/*.conf;
}}
"""
CADDY = """
{{
  admin off
  auto_https off
  storage file_system {folder}
  {beside}
}}
import {folder}/applications/*.caddyfile
"""
TRAEFIK = """
global: {{checkNewVersion: false, sendAnonymousUsage: false}}
log: {{level: ERROR}}
entryPoints:
  web:
    address: "127.0.0.1:{port}"
    {beside}
    http:
      aliasHeadersStrategy: delete
providers:
  file: {{directory: {folder}/applications}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def program(kind: str) -> str | None:
    names = {"nginx": ("nginx", "/usr/sbin/nginx"), "caddy": ("caddy",), "traefik": ("traefik",)}[kind]
    found = [str(BIN / name) for name in names if (BIN / name).is_file()]
    return next(iter(found), None) or next(filter(None, map(shutil.which, names)), None)


@dataclass
class Proxy:
    kind: str
    port: int

    def ask(self, host: str, target: str = "/", *lines: str, method: str = "GET", body: bytes = b"") -> "Answer":
        """One request, sent as it is written here. `lines` are headers.

        The host comes last: until nginx has read it, the settings of the port's first server apply.
        """
        head = [f"{method} {target} HTTP/1.1", "Connection: close", *lines]
        if body:
            head.append(f"Content-Length: {len(body)}")
        head.append(f"Host: {host}")
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
            return Answer.read(connection)


@dataclass
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @classmethod
    def read(cls, connection: socket.socket) -> "Answer":
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        pairs = [line.partition(":") for line in rest]
        headers = [(name.lower(), value.strip()) for name, _, value in pairs]
        if dict(headers).get("transfer-encoding") == "chunked":
            body = _unchunked(body)
        return cls(int(first.split()[1]), headers, body)

    def header(self, name: str) -> str:
        return dict(self.headers).get(name.lower(), "")

    def cookies(self) -> dict[str, str]:
        set_cookies = [value.partition(";")[0].partition("=") for name, value in self.headers if name == "set-cookie"]
        return {name: value for name, _, value in set_cookies}


def _unchunked(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        length = int(size, 16)
        whole, body = whole + body[:length], body[length + 2 :]
        if not length:
            break
    return whole


@contextmanager
def proxy(
    kind: str, folder: Path, port: int, *, panel: int, echo: int, applications: list[tuple[int, str]], beside: str = ""
):
    """Runs the proxy for applications given by id and origin."""
    (folder / "applications").mkdir(parents=True)
    for pk, origin in applications:
        shown = all_for(pk, origin, f"127.0.0.1:{echo}", panel=f"127.0.0.1:{panel}")
        configuration = next(found for found in shown if found.kind == kind)
        text = configuration.text
        if kind == "nginx":
            text = text.replace(f"listen {port};", f"listen 127.0.0.1:{port};")
        (folder / "applications" / configuration.file_name).write_text(text)
    command, main = _command(kind, folder)
    text = {"nginx": NGINX, "caddy": CADDY, "traefik": TRAEFIK}[kind]
    main.write_text(text.format(folder=folder, port=port, beside=beside.format(folder=folder, port=port)))
    with (folder / "output").open("wb") as output:
        environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    try:
        _wait(port, process, folder / "output", applications)
        yield Proxy(kind, port)
    finally:
        process.terminate()
        process.wait(10)


def _command(kind: str, folder: Path) -> tuple[list[str], Path]:
    path = str(program(kind))
    match kind:
        case "nginx":
            main = folder / "nginx.conf"
            return [path, "-p", str(folder), "-c", str(main), "-e", str(folder / "error.log")], main
        case "caddy":
            main = folder / "Caddyfile"
            return [path, "run", "--config", str(main), "--adapter", "caddyfile"], main
        case _:
            main = folder / "traefik.yml"
            return [path, f"--configfile={main}"], main


def _wait(port: int, process: subprocess.Popen, output: Path, applications: list[tuple[int, str]]) -> None:
    """Until it answers for the last of the applications: Traefik listens before it has read them."""
    host = applications[-1][1].partition("://")[2]
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        assert process.poll() is None, output.read_text()
        try:
            if Proxy("", port).ask(host, "/.cloudpanel/status").status != 404:
                return
        except (OSError, IndexError):
            pass
        time.sleep(0.1)
    raise AssertionError(output.read_text())
