"""Returns the large blocks of memory that a password hash needs to the system, under any server."""

import ctypes

M_MMAP_THRESHOLD = -3  # malloc.h
MEBIBYTE = 1 << 20


def return_large_blocks() -> None:
    """Makes blocks over 1 MiB return when they are freed (mallopt(3)), in this process and its future children.

    Otherwise glibc keeps the 19 MiB of a password hash for each thread that ever computed one.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other libraries of C have none
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, MEBIBYTE)
