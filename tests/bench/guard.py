"""What the check of the guard costs: beside Django's own session and user, and behind the real nginx."""

import random
from contextlib import ExitStack
from pathlib import Path
from statistics import median, quantiles

from tests.bench import load, served
from tests.bench.page import PATH
from tests.bench.workers import Worker, in_turn, say, spread, table

FEW, MANY = (10, 1), (100_000, 1_000)
"""Visits and applications."""
RATE, SECONDS, MOST_SECONDS = 500, 4, 3
ONE_CALL = 60
DJANGO = "Django's session and user"


def measure(folder: Path, rounds: int) -> None:
    port = served.free_port()
    with ExitStack() as stack:
        plain = stack.enter_context(Worker("guard_plain", "plain_settings", "plain_tasks", folder))
        plain.ask("prepare")
        workers = {}
        for size in (FEW, MANY):
            worker = stack.enter_context(Worker(f"guard_{size[0]}", "settings", "guard_tasks", folder))
            cookie = worker.ask("prepare", visits=size[0], applications=size[1], port=port)
            workers[size] = worker
        alone(plain, workers, rounds)
        if served.program("nginx"):
            behind_nginx(folder, plain, workers[MANY], port, cookie, max(3, rounds // 3))
        else:
            say("nginx is not installed: nothing is measured behind it.")


def alone(plain: Worker, workers: dict[tuple[int, int], Worker], rounds: int) -> None:
    """Processor time through the WSGI application itself."""
    named = {f"the check, {v:,} visits, {a:,} applications": worker for (v, a), worker in workers.items()}
    asked = {DJANGO: (plain, "page_cpu", {"times": ONE_CALL})}
    asked |= {name: (worker, "check", {"times": ONE_CALL}) for name, worker in named.items()}
    in_turn(asked, 2)
    times = in_turn(asked, rounds)
    queries = {DJANGO: plain.ask("page_queries")}
    queries |= {name: worker.ask("check_queries") for name, worker in named.items()}
    ours = times[DJANGO]
    ratios = {name: _ratios(found, ours) for name, found in times.items()}
    rows = [[name, *map(str, queries[name]), spread(times[name]), spread(ratios[name])] for name in asked]
    table(
        "A check that lets somebody in (goal: at most 0.60, one query, no write, flat)",
        ["", "queries", "writes", "median ms of processor time (quartiles)", "/ Django's (quartiles)"],
        rows,
    )


def _ratios(found: list[float], beside: list[float]) -> list[float]:
    starts = range(0, len(found), ONE_CALL)
    return [median(found[i : i + ONE_CALL]) / median(beside[i : i + ONE_CALL]) for i in starts]


def behind_nginx(folder: Path, plain: Worker, panel: Worker, port: int, cookie: str, rounds: int) -> None:
    """Two processes of each; one is asked at a time, in a new order each round."""
    echo, bare, django, of_panel, of_plain = served.ports(5)
    guard = panel.ask("configuration", upstream=f"127.0.0.1:{echo}", panel=f"127.0.0.1:{of_panel}")
    guard = guard.replace(f"listen {port};", f"listen 127.0.0.1:{port};")
    values = {"echo": echo, "bare": bare, "django": django, "plain": of_plain, "path": PATH, "guard": guard}
    asked = {
        "nginx alone": (bare, ""),
        DJANGO: (django, plain.ask("cookie")),
        "the guard": (port, cookie),
    }
    with ExitStack() as stack:
        stack.enter_context(served.panel(panel.url, of_panel, folder))
        stack.enter_context(served.plain(plain.url, of_plain, folder))
        stack.enter_context(served.nginx(folder, **values))
        paced, most = loads(asked, rounds)
    floor = median(paced["nginx alone"])
    added = {name: median(found) - floor for name, found in paced.items()}
    rows = [
        [
            name,
            f"{median(paced[name]):.2f}",
            f"{added[name]:.2f}",
            f"{added[name] / added[DJANGO]:.2f}",
            f"{quantiles(paced[name], n=100)[98]:.1f}",
            spread([each / 1e3 for each in most[name]]),
        ]
        for name in asked
    ]
    table(
        f"Behind nginx, {RATE} requests a second (goals: at most 0.7 of what Django adds, p99 no worse and below 5 ms)",
        ["", "median ms", "added ms", "/ Django's", "p99 ms", "thousands a second, 50 connections (quartiles)"],
        rows,
    )


def loads(asked: dict[str, tuple[int, str]], rounds: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    paced: dict[str, list[float]] = {name: [] for name in asked}
    most: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name in random.sample(list(asked), len(asked)):
            port, cookie = asked[name]
            at_rate = load.paced(port, "/a.png", cookie, rate=RATE, seconds=SECONDS)
            at_most = load.most(port, "/a.png", cookie, seconds=MOST_SECONDS)
            if number:  # the first round warms up
                paced[name] += at_rate
                most[name].append(at_most)
    return paced, most
