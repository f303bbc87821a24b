"""Subjects in processes of their own, asked in turn, and the tables of what they answered."""

import json
import os
import random
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
Times = dict[str, list[float]]


class Worker:
    """A subject in a process of its own, on a database of its own that goes with it."""

    def __init__(self, name: str, settings: str, tasks: str, folder: Path) -> None:
        self.name = f"cloudpanel_bench_{name}"
        self.server = os.environ.get("BENCH_DATABASE_URL", "")
        if self.server:
            self._on_server(f"CREATE DATABASE {self.name}")
        url = urlsplit(self.server)._replace(path=f"/{self.name}").geturl() if self.server else ""
        self.url = url or f"sqlite:///{folder / self.name}.sqlite3"
        environment = os.environ | {
            "BENCH_URL": self.url,
            "PYTHONHASHSEED": "0",
        }
        command = [sys.executable, "-m", "tests.bench.worker", f"tests.bench.{settings}", f"tests.bench.{tasks}"]
        self.words = folder / f"{self.name}.log"
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": self.words.open("w")}
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes)

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)

    def ask(self, task: str, **arguments):
        self.process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.name}: {task} failed.\n{self.words.read_text()[-3000:]}")
        return json.loads(line)

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exc) -> None:
        self.process.stdin.close()
        self.process.wait()
        if self.server:
            self._on_server(f"DROP DATABASE {self.name} WITH (FORCE)")


def panel(stack: ExitStack, name: str, folder: Path, **prepared: int) -> Worker:
    worker = stack.enter_context(Worker(name, "settings", "panel_tasks", folder))
    worker.ask("prepare", **prepared)
    return worker


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def table(title: str, head: list[str], rows: list[list[str]]) -> None:
    say(f"\n{title}\n")
    for row in (head, ["---"] * len(head), *rows):
        say("| " + " | ".join(row) + " |")


def spread(times: list[float]) -> str:
    """The median and, of two values or more, the quartiles."""
    if len(times) < 2:
        return f"{times[0]:.2f}"
    first, middle, third = quantiles(times, n=4)
    return f"{middle:.2f} ({first:.2f}–{third:.2f})"


def in_turn(asked: dict[str, tuple[Worker, str, dict]], rounds: int) -> Times:
    found: Times = {name: [] for name in asked}
    for _ in range(rounds):
        for name in random.sample(list(asked), len(asked)):
            worker, task, arguments = asked[name]
            found[name] += worker.ask(task, **arguments)
    return found
