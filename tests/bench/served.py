"""The guard behind the real nginx, beside the same nginx without one and with a view behind Django's session."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.applications.proxies import free_port, program
from tests.servers.machine import ROOT, wait_for

MAIN = """daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 10000000;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  upstream echo {{ server 127.0.0.1:{echo}; keepalive 64; }}
  upstream plain {{ server 127.0.0.1:{plain}; keepalive 32; }}
  server {{ listen 127.0.0.1:{echo}; location / {{ return 200 "ok"; }} }}
  server {{
    listen 127.0.0.1:{bare};
    location / {{ proxy_pass http://echo; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
  server {{
    listen 127.0.0.1:{django};
    location / {{
      auth_request /check;
      proxy_pass http://echo; proxy_http_version 1.1; proxy_set_header Connection "";
    }}
    location = /check {{
      internal;
      proxy_pass http://plain{path}; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_set_header Host 127.0.0.1;
    }}
  }}
  {guard}
}}
"""
COMMON = ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--keep-alive", "130"]


@contextmanager
def process(command: list[str], port: int, log: Path, **environment: str) -> Iterator[None]:
    """Until it listens, and until it has ended again."""
    with log.open("w") as written:
        child = subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, stdout=written, stderr=subprocess.STDOUT
        )
    try:
        wait_for(lambda: _listens(port) or child.poll() is not None)
        assert child.poll() is None, log.read_text()
        yield
    finally:
        child.terminate()
        child.wait(30)


def _listens(port: int) -> bool:
    import socket

    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


def panel(url: str, port: int, folder: Path) -> object:
    own = {"BENCH_URL": url, "BENCH_TRUSTED": "127.0.0.1", "PORT": str(port)}
    own |= {"DJANGO_SETTINGS_MODULE": "tests.bench.settings", "PROMETHEUS_MULTIPROC_DIR": str(folder / "metrics")}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:cloudpanel.operation.gunicorn_conf"]
    return process(command, port, folder / "panel.log", **own)


def plain(url: str, port: int, folder: Path) -> object:
    own = {"BENCH_URL": url, "DJANGO_SETTINGS_MODULE": "tests.bench.plain_settings"}
    command = [sys.executable, "-m", "gunicorn", *COMMON, "--bind", f"127.0.0.1:{port}"]
    return process([*command, "django.core.wsgi:get_wsgi_application()"], port, folder / "plain.log", **own)


def nginx(folder: Path, **values: object) -> object:
    path = folder / "nginx.conf"
    path.write_text(MAIN.format(folder=folder, **values))
    command = [str(program("nginx")), "-p", str(folder), "-c", str(path), "-e", str(folder / "error.log")]
    return process(command, int(str(values["bare"])), folder / "nginx.log")


def ports(number: int) -> list[int]:
    return [free_port() for _ in range(number)]
