"""The settings file: NAME=value lines, read by the server and by every command. The environment takes precedence.

It is /etc/cloudpanel.env, or the file that CLOUDPANEL_ENV names; CLOUDPANEL_ENV= (empty) means none. The format is that
of systemd's EnvironmentFile: one setting per line, comments begin with # or ;, values may be quoted. Only imports the
standard library, because gunicorn's master imports it and never reloads code.
"""

import os
import re
from collections.abc import Iterator, MutableMapping
from pathlib import Path

VARIABLE = "CLOUDPANEL_ENV"
DEFAULT = "/etc/cloudpanel.env"
VAR = Path(__file__).resolve().parents[2] / "var"  # all files that the panel writes
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def path(environ: MutableMapping[str, str] = os.environ) -> Path | None:
    """The file to read; None if there is none."""
    named = environ.get(VARIABLE)
    found = Path(DEFAULT if named is None else named)
    return found if named or (named is None and os.path.lexists(found)) else None


def load(environ: MutableMapping[str, str] = os.environ) -> tuple[str, ...]:
    """Adds to the environment what it lacks. Returns a sentence for each line that can't be read."""
    file = path(environ)
    try:
        lines = file.read_text().splitlines() if file else []
    except (OSError, UnicodeDecodeError) as fault:
        return () if "PUBLIC_URL" in environ else (f"The settings file {file} {_reason(fault)}.",)
    given = {_setting(name) for name in environ}
    problems = []
    for number, name, value in _pairs(lines):
        if not NAME.fullmatch(name):
            problems.append(f"Line {number} of {file} is not NAME=value.")
        elif _setting(name) not in given:
            environ[name] = value
    return tuple(problems)


def _reason(fault: OSError | UnicodeDecodeError) -> str:
    if isinstance(fault, UnicodeDecodeError):
        return "is not UTF-8 text"
    return "does not exist" if isinstance(fault, FileNotFoundError) else "cannot be read by this user"


def _setting(name: str) -> str:
    """NAME for both NAME and NAME_FILE."""
    return name.removesuffix("_FILE")


def _pairs(lines: list[str]) -> Iterator[tuple[int, str, str]]:
    """Line number, name and value; the name is empty for a line without an equals sign."""
    for number, line in enumerate(map(str.strip, lines), 1):
        if line and line[0] not in "#;":
            name, equals, value = line.removeprefix("export ").partition("=")
            yield number, name.strip() if equals else "", _unquoted(value.strip())


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value
