"""Two servers beside one database: each remembers only what it has answered itself, and either may answer a request.

What the panel keeps in memory are functions with an `lru_cache`, and the texts of prepared statements. They are looked
for in all its modules, so that a new one belongs to a server as well.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache, wraps
from typing import Any
from unittest.mock import patch

from django.http import HttpRequest, HttpResponse
from django.test.client import ClientHandler

from accounts.models.prepared import Prepared
from tests.model.counter import Counter

PACKAGES = ("accounts", "twofactor", "cloudpanel")
SERVERS = (0, 1)


class Servers:
    def __init__(self) -> None:
        self.answering = SERVERS[0]
        self.caches: list[tuple[Callable[..., Any], ...]] = []
        self.texts: list[tuple[Prepared[Any], tuple[dict[str, Any], ...]]] = []
        self.installed = ExitStack()
        for module, name, value in list(kept_in_memory()):
            if isinstance(value, Prepared):
                self.texts.append((value, tuple({} for _ in SERVERS)))
            else:
                self.installed.enter_context(patch.object(module, name, self._cached_by_each(value)))
        self.installed.enter_context(patch.object(ClientHandler, "get_response", self._answered_by_either()))

    def end(self) -> None:
        self.installed.close()

    def restart(self, server: int) -> None:
        for caches in self.caches:
            caches[server].cache_clear()
        for _prepared, texts in self.texts:
            texts[server].clear()

    def _cached_by_each(self, cached: Any) -> Callable[..., Any]:
        parameters = cached.cache_parameters()
        caches = tuple(lru_cache(**parameters)(cached.__wrapped__) for _ in SERVERS)
        self.caches.append(caches)
        return wraps(cached.__wrapped__)(lambda *args, **kwargs: caches[self.answering](*args, **kwargs))

    def _answered_by_either(self) -> Callable[[ClientHandler, HttpRequest], HttpResponse]:
        answer = ClientHandler.get_response

        def answered(handler: ClientHandler, request: HttpRequest) -> HttpResponse:
            """One after the other, or one in the middle of the other's."""
            before = self.answering
            self.turn_to(random.choice(SERVERS))
            Counter.servers[self.answering] += 1
            try:
                return answer(handler, request)
            finally:
                self.turn_to(before)

        return answered

    def turn_to(self, server: int) -> None:
        self.answering = server
        for prepared, texts in self.texts:
            prepared.texts = texts[server]


def kept_in_memory() -> Iterator[tuple[Any, str, Any]]:
    """The module, the name there and the value of each cached function and each prepared statement."""
    for path, module in list(sys.modules.items()):
        if path.partition(".")[0] in PACKAGES:
            for name, value in list(vars(module).items()):
                if isinstance(value, Prepared) or hasattr(value, "cache_parameters"):
                    yield module, name, value
