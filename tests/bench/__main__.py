"""The panel's figures, measured side by side in one run: `make bench`, or `python -m tests.bench --help`.

What counts are the ratios and the counts: times alone change with the machine and with what else it does. Whatever is
compared is measured in turn, in a new order each round, so that a busy moment falls on all alike.
"""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.bench import guard
from tests.bench.workers import Times, Worker, in_turn, panel, say, spread, table


def machine() -> None:
    cpu = next(
        (line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), platform.machine()
    )
    database = "PostgreSQL" if os.environ.get("BENCH_DATABASE_URL") else "SQLite"
    say(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {database}, Python {platform.python_version()}, {platform.system()},")
    say(f"{os.cpu_count()} processors ({cpu.partition(':')[2].strip() or cpu}), load average {loads()}")


def loads() -> str:
    return " ".join(f"{load:.2f}" for load in os.getloadavg())


def entrance(folder: Path, rounds: int) -> None:
    """Logins: what a wait saves, and whether time tells accounts apart."""
    with ExitStack() as stack:
        worker = panel(stack, "entrance", folder)
        times = worker.ask("wrong_log_ins", times=30)
        waits = median(times["the attempt, has to wait"])
        saved = median(times["the attempt, evaluated"]) / waits
        rows = [[kind, spread(found), f"{median(found) / waits:.1f}"] for kind, found in sorted(times.items())]
        table(
            f"A wrong login that is evaluated, and one that has to wait: {saved:.0f} times cheaper (goal: 20)",
            ["", "median ms (quartiles)", "/ the attempt that waits"],
            rows,
        )
        for path in ("/login/", "/password/forgot/"):
            alike(path, worker.ask("answers_alike", path=path, times=30))
        costs(worker, rounds)


def alike(path: str, times: Times) -> None:
    middle = {kind: median(found) for kind, found in times.items()}
    apart = 100 * (max(middle.values()) / min(middle.values()) - 1)
    rows = [[kind, spread(found), f"{middle[kind] / middle['active']:.2f}"] for kind, found in times.items()]
    table(
        f"POST {path}, 30 of each kind of account in turn: {apart:.0f} % apart (goal: 20)",
        ["account", "median ms (quartiles)", "/ active"],
        rows,
    )


def costs(worker: Worker, rounds: int) -> None:
    logins = [worker.ask("log_in") for _ in range(rounds)]
    setups = [worker.ask("enrol", username=f"new{number}") for number in range(rounds)]
    rows = [
        [
            name,
            *(str(done[-1][key]) for key in ("requests", "queries", "writes", "commits")),
            spread([d["ms"] for d in done]),
        ]
        for name, done in (
            ("login with password and code", logins),
            ("setup, first page to recovery codes", setups),
        )
    ]
    table(
        "A whole login and a setup (goals: 14 queries, 5 commits; 3 requests, 14 queries)",
        ["", "requests", "queries", "writes", "write commits", "median ms (quartiles)"],
        rows,
    )


def verified_page(folder: Path, rounds: int) -> None:
    """The same small page behind the panel's session, user and gate, and behind Django's session and user alone."""
    with ExitStack() as stack:
        plain = stack.enter_context(Worker("plain", "plain_settings", "plain_tasks", folder))
        plain.ask("prepare")
        workers = {"Django's session and user": plain, "the panel": panel(stack, "page", folder)}
        for worker in workers.values():
            worker.ask("page", times=50)
        times = in_turn({name: (worker, "page", {"times": 60}) for name, worker in workers.items()}, rounds)
        queries = {name: worker.ask("page_queries") for name, worker in workers.items()}
    rounds_of = {name: [median(found[i : i + 60]) for i in range(0, len(found), 60)] for name, found in times.items()}
    plain_rounds = rounds_of["Django's session and user"]
    ratios = {name: [a / b for a, b in zip(found, plain_rounds, strict=True)] for name, found in rounds_of.items()}
    rows = [[name, *map(str, queries[name]), spread(times[name]), spread(ratios[name])] for name in workers]
    table(
        "One small page for somebody who is logged in (goal: at most 0.70, one query)",
        ["behind", "queries", "writes", "median ms (quartiles)", "/ Django's (quartiles)"],
        rows,
    )


def lists(folder: Path, rounds: int, kind: str, sizes: tuple[int, int], find: str) -> None:
    """The same pages over few rows and over many, in turn."""
    with ExitStack() as stack:
        workers = {size: panel(stack, f"{kind}_{size}", folder, **{kind: size}) for size in sizes}
        pages = {
            size: worker.ask(find, **({"users": size} if kind == "users" else {})) for size, worker in workers.items()
        }
        rows = [_compared(name, workers, {s: pages[s][name] for s in sizes}, rounds) for name in pages[sizes[0]]]
        unit = "users" if kind == "users" else "rows of the log"
        table(
            f"Whole pages at {sizes[0]:,} and {sizes[1]:,} {unit} (goal: at most 2.0)",
            ["page", *(f"ms at {size:,}" for size in sizes), "times"],
            rows,
        )
        if kind == "users":
            export(workers)


def _compared(name: str, workers: dict[int, Worker], paths: dict[int, str], rounds: int) -> list[str]:
    asked = {str(size): (worker, "show", {"path": paths[size], "times": 2}) for size, worker in workers.items()}
    in_turn(asked, 2)  # statements prepared, pages of the database in memory
    few, many = in_turn(asked, rounds).values()
    return [name, spread(few), spread(many), f"{median(many) / median(few):.1f}"]


def export(workers: dict[int, Worker]) -> None:
    found = {size: worker.ask("export") for size, worker in workers.items()}
    rows = [
        [f"{size:,}", str(f["lines"]), f"{f['file']:.1f}", f"{f['s']:.2f}", f"{f['mib']:.1f}"]
        for size, f in found.items()
    ]
    table(
        "CSV export of all users (goal: memory does not grow with them)",
        ["users", "lines", "MiB of file", "seconds", "peak MiB of memory while it is sent"],
        rows,
    )


PARTS = ("entrance", "page", "users", "logs", "guard")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__.partition("\n")[0])
    parser.add_argument("parts", nargs="*", default=[], metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--log", type=int, default=100_000, help="rows of the log; 1000000 takes some minutes")
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    machine()
    with tempfile.TemporaryDirectory(prefix="cloudpanel-bench-") as name:
        run(asked, Path(name))
    say(f"\nLoad average at the end: {loads()}")


def run(asked: argparse.Namespace, folder: Path) -> None:
    parts = asked.parts or PARTS
    if "entrance" in parts:
        entrance(folder, asked.rounds)
    if "page" in parts:
        verified_page(folder, asked.rounds)
    if "users" in parts:
        lists(folder, asked.rounds, "users", (1_000, asked.users), "find_pages")
    if "logs" in parts:
        lists(folder, asked.rounds, "log", (1_000, asked.log), "find_log_pages")
    if "guard" in parts:
        guard.measure(folder, asked.rounds)


if __name__ == "__main__":
    main()
