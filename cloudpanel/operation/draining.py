"""Whether this server is about to stop. gunicorn's master says so, and its workers read it.

One byte of memory that the workers share with the master they were forked from. No file that could stay
behind, and a server started anew begins without it.
"""

import mmap

_flag = mmap.mmap(-1, 1)


def begin() -> None:
    _flag[0] = 1


def begun() -> bool:
    return _flag[0] == 1
