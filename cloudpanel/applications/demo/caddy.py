"""Runs Caddy with the configuration from the guard's page, on this machine only."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cloudpanel.applications.guard.configurations import all_for

MAIN = """{{
	admin off
	persist_config off
	auto_https off
	default_bind 127.0.0.1
	storage file_system "{folder}"
	log {{
		level ERROR
	}}
}}
import "{folder}/*.caddyfile"
"""


class NoCaddy(Exception):
    pass


def program() -> str:
    """The path of Caddy's program; raises NoCaddy."""
    found = shutil.which("caddy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise NoCaddy
    return found


@contextmanager
def serving(folder: Path, application_id: int, origin: str, *, upstream: str, panel: str) -> Iterator[None]:
    """Runs Caddy during the `with` block. `folder` is empty and will hold its files; `upstream` and `panel` are host
    and port."""
    path = program()
    shown = next(one for one in all_for(application_id, origin, upstream, panel=panel) if one.kind == "caddy")
    (folder / shown.file_name).write_text(shown.text)
    (folder / "Caddyfile").write_text(MAIN.format(folder=folder))
    command = [path, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    environment = os.environ | {"HOME": str(folder), "XDG_DATA_HOME": str(folder)}
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - the program that was found, and our own file
    try:
        yield
    finally:
        process.terminate()
        process.wait()
