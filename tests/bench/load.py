"""Load on a port of this machine: requests at a fixed rate, and as many as fifty connections can send."""

import asyncio
import time


class _Connection:
    def __init__(self, port: int, path: str, cookie: str) -> None:
        self.port = port
        self.request = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nAccept: */*\r\n\r\n".encode()
        )

    async def open(self) -> "_Connection":
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        return self

    async def ask(self) -> None:
        self.writer.write(self.request)
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                await self.reader.readexactly(int(line[15:]))


async def _open(number: int, port: int, path: str, cookie: str) -> list[_Connection]:
    return [await _Connection(port, path, cookie).open() for _ in range(number)]


def paced(port: int, path: str, cookie: str, *, rate: int, seconds: float, connections: int = 32) -> list[float]:
    """Milliseconds from the moment at which each request was due."""

    async def run() -> list[float]:
        found: list[float] = []
        opened = await _open(connections, port, path, cookie)
        began = time.perf_counter() + 0.05

        async def one(connection: _Connection, place: int) -> None:
            for number in range(place, int(rate * seconds), connections):
                due = began + number / rate
                await asyncio.sleep(max(0, due - time.perf_counter()))
                await connection.ask()
                found.append((time.perf_counter() - due) * 1e3)

        await asyncio.gather(*(one(connection, place) for place, connection in enumerate(opened)))
        return found

    return asyncio.run(run())


def most(port: int, path: str, cookie: str, *, seconds: float, connections: int = 50) -> float:
    """Answers a second."""

    async def run() -> float:
        opened = await _open(connections, port, path, cookie)
        until = time.perf_counter() + seconds

        async def one(connection: _Connection) -> int:
            number = 0
            while time.perf_counter() < until:
                await connection.ask()
                number += 1
            return number

        return sum(await asyncio.gather(*map(one, opened))) / seconds

    return asyncio.run(run())
