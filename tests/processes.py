"""The processes that a server has started, as Linux tells them."""

from pathlib import Path


def children_of(pid: int) -> dict[int, bytes]:
    """The command of each that runs; one that ends while it is asked about is left out."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    commands = {int(child): _command(child) for child in listed}
    return {child: command for child, command in commands.items() if command}


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
