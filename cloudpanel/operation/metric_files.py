"""The files in which workers share their metrics, made safe for a full disk.

prometheus-client maps sparse files into memory. Writing to a page without space on the disk would kill the worker with
SIGBUS, so space is allocated before a file is mapped. Without space, the worker counts in its own memory: its numbers
are missing at /metrics, and the panel serves.
"""

import logging
import mmap
import os
from pathlib import Path
from sys import byteorder

from prometheus_client import values
from prometheus_client.mmap_dict import MmapedDict

INITIAL_BYTES = 64 * 1024
logger = logging.getLogger(__name__)


class AllocatedDict(MmapedDict):
    """The library's dict, in a file whose space is allocated, or else in memory."""

    def __init__(self, filename: str, read_mode: bool = False) -> None:
        try:
            _allocate(Path(filename))
            MmapedDict.__init__(self, filename, read_mode)
        except OSError as fault:
            logger.warning("Metrics are incomplete, no room for %s: %s", filename, fault.strerror)
            self._start_in_memory()

    def _start_in_memory(self) -> None:
        self._f = os.fdopen(os.open(os.devnull, os.O_WRONLY), "wb")  # a file that can't be allocated
        self._capacity = INITIAL_BYTES
        self._m = mmap.mmap(-1, self._capacity)
        self._positions: dict[str, int] = {}
        self._used = 8
        self._m[:4] = self._used.to_bytes(4, byteorder)

    def _init_value(self, key: str) -> None:
        """Grows the file here, so that the library never grows it sparsely. An entry is its padded key and three
        numbers."""
        while self._used + len(key.encode()) + 32 > self._capacity:
            self._grow()
        MmapedDict._init_value(self, key)

    def _grow(self) -> None:
        self._capacity *= 2
        try:
            os.posix_fallocate(self._f.fileno(), 0, self._capacity)
            grown = mmap.mmap(self._f.fileno(), self._capacity)
        except OSError:
            grown = mmap.mmap(-1, self._capacity)
        grown[: self._used] = self._m[: self._used]
        self._m = grown


def _allocate(path: Path) -> None:
    """Removes the file if it stays empty, because reading an empty one fails."""
    with path.open("ab") as file:
        size = os.fstat(file.fileno()).st_size
        try:
            os.posix_fallocate(file.fileno(), 0, max(size, INITIAL_BYTES))
        except OSError:
            if not size:
                path.unlink()
            raise


def use() -> None:
    """Call it before the first counter is created."""
    values.MmapedDict = AllocatedDict  # type: ignore[attr-defined]
