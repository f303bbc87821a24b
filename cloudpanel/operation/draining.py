"""Whether this server is about to stop. gunicorn's master sets it, and its workers read it.

It is one byte of memory that master and workers share. Unlike a file, it can't be left over from an earlier server.
"""

import mmap

_flag = mmap.mmap(-1, 1)


def begin() -> None:
    _flag[0] = 1


def begun() -> bool:
    return _flag[0] == 1
