"""Returns the large blocks that a password hash needs for a moment to the system, under any server."""

import ctypes

M_MMAP_THRESHOLD = -3  # malloc.h
MEBIBYTE = 1 << 20


def return_large_blocks() -> None:
    """What is larger than 1 MiB goes back when it is freed (mallopt(3)), from now on in this process and its children.

    Else glibc keeps the 19 MiB that a password hash takes for each thread that ever computed one.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other libraries of C have none
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, MEBIBYTE)
