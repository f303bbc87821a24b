"""How this server announces that it is about to stop, and closes its port without ending a connection that has begun.

The announcement is one byte of memory that gunicorn's master sets and its workers read. Unlike a file, it can't be left
over from an earlier server.
"""

import ctypes
import mmap
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

SO_ATTACH_FILTER = 26  # of Linux; the module socket doesn't name it
# Instructions for the kernel (linux/filter.h: code, jumps, operand): read byte 13 of the TCP header, and drop the
# packet if it has the flag SYN, with which a connection begins; else take it whole.
_NO_SYN = ((0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF))

_flag = mmap.mmap(-1, 1)


def begin() -> None:
    _flag[0] = 1


def begun() -> bool:
    return _flag[0] == 1


def ignore_new_connections(listeners: Iterable[Any]) -> None:
    """Takes no more connections at these ports, in all processes; workers still accept those that have begun.

    A port that closes resets connections that wait to be accepted. A proxy may have sent a POST into one, which it must
    not send again. To one that is ignored it has sent nothing: it tries the port a second later, then the next server.
    """
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *instruction) for instruction in _NO_SYN))
    program = struct.pack("HP", len(_NO_SYN), ctypes.addressof(code))
    for listener in listeners:
        with suppress(OSError):  # a kernel without filters
            listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
