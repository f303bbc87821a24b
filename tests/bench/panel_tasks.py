"""What the panel can be asked. Everything goes through its pages but what no page can do: many rows at once."""

import base64
import gc
import random
import re
import time
import tracemalloc
from collections import defaultdict
from unittest import mock

from django.contrib.auth.hashers import make_password
from django.core.management import call_command
from django.test import Client

from accounts.models import Attempts, Contract, Role, User
from tests.bench import rows
from tests.bench.browser import Browser
from tests.bench.page import PATH
from tests.bench.plain_tasks import _pages
from tests.bench.sql import Sql
from twofactor import totp
from twofactor.login import flow
from twofactor.models import Authenticator

PASSWORD = "correct horse battery staple"
USERS, LOGS = "/management/users/", "/management/logs/"
OLDER = re.compile(rb'href="(\?[^"]*cursor=[^"]*)"')
KEY = re.compile(rb"otpauth://totp/[^\"]*?secret=([A-Z2-7]{32})")
browsers: dict[str, Browser] = {}
keys: dict[str, bytes] = {}
addresses = (f"203.0.{high}.{low}" for high in range(256) for low in range(1, 255))


def prepare(users: int = 0, log: int = 0) -> None:
    """An owner, logged in, and so many users and rows of the log; and somebody with 2FA active."""
    call_command("migrate", interactive=False, verbosity=0)
    owner = User.objects.create_user("boss", PASSWORD, name="Boss", two_factor_required=False)
    contract = Contract.objects.create(owner=owner, name="Bench")
    Role.objects.create(contract=contract, name="Administrator", built_in=True)
    member("bench")
    browsers["boss"], browsers["bench"] = Browser(), start_login("bench")
    whole_login("boss", browsers["boss"])
    set_up("bench", browsers["bench"])
    browsers["bench"].post("/two-factor/activated/")
    if users:
        rows.write_users(contract, users)
    if log:
        rows.write_log(contract, log)


def member(username: str, **fields) -> User:
    contract = Contract.objects.get()
    role = contract.roles.get(built_in=True)
    fields = {"name": username, "contract": contract, "role": role, "password": make_password(PASSWORD)} | fields
    return User.objects.create(username=username, **fields)


def whole_login(username: str, browser: Browser) -> list:
    """All that a login asks for, pages included."""
    answers = [browser.get("/login/"), browser.post("/login/", username=username, password=PASSWORD)]
    if answers[-1].location == "/login/code/":
        code = totp.code_at(keys[username], totp.step_at(time.time()))
        answers += [browser.get("/login/code/"), browser.post("/login/code/", code=code)]
    assert answers[-1].status == 302, answers[-1].body
    return answers


def start_login(username: str) -> Browser:
    """A browser that has given the password and nothing else."""
    browser = Browser()
    browser.post("/login/", username=username, password=PASSWORD)
    return browser


def set_up(username: str, browser: Browser) -> list:
    """From the first page of the setup to the recovery codes, for somebody who has just given the password."""
    answers = [browser.get("/two-factor/setup/")]
    keys[username] = base64.b32decode(KEY.search(answers[0].body)[1])
    code = totp.code_at(keys[username], totp.step_at(time.time()))
    answers.append(browser.post("/two-factor/setup/", code=code))
    answers.append(browser.get("/two-factor/activated/"))
    assert [answer.status for answer in answers] == [200, 302, 200]
    return answers


def page(times: int) -> list[float]:
    return _pages(browsers["bench"], PATH, times)


def page_queries() -> list[int]:
    with Sql() as sql:
        browsers["bench"].get(PATH)
    return [sql.queries, sql.writes]


def _cost(answers: list) -> dict:
    return {"requests": len(answers), "ms": 1e3 * sum(a.seconds for a in answers)}


def log_in() -> dict:
    """In a browser that is known, with a code that was not used yet."""
    Authenticator.objects.update(last_step=0)
    Attempts.objects.all().delete()
    browser = Browser()
    browser.cookies |= {"known": browsers["bench"].cookies["known"]}
    with Sql() as sql:
        answers = whole_login("bench", browser)
    return _cost(answers) | {"queries": sql.queries, "writes": sql.writes, "commits": sql.commits}


def enrol(username: str) -> dict:
    member(username)
    browser = start_login(username)
    with Sql() as sql:
        answers = set_up(username, browser)
    return _cost(answers) | {"queries": sql.queries, "writes": sql.writes, "commits": sql.commits}


def wrong_log_ins(times: int) -> dict[str, list[float]]:
    """In turn an attempt that is evaluated, each at an account of its own, and one that has to wait.

    Milliseconds of the attempt itself (`flow.password_step`), and of the whole request with its page.
    """
    waits = next(addresses)
    for name in ("waiting", *(f"tried{number}" for number in range(times))):
        member(name)
    for _ in range(5):
        Browser(waits).post("/login/", username="waiting", password="wrong")
    found = defaultdict(list)
    with mock.patch.object(flow, "password_step", timed(flow.password_step)) as step:
        for number in range(times):
            for kind, name, ip, status in (
                ("evaluated", f"tried{number}", next(addresses), 200),
                ("has to wait", "waiting", waits, 429),
            ):
                answer = Browser(ip).post("/login/", username=name, password="wrong")
                assert answer.status == status, answer.status
                found[f"the attempt, {kind}"].append(step.seconds[-1] * 1e3)
                found[f"with its page, {kind}"].append(answer.seconds * 1e3)
    return found


def timed(work):
    def run(*args, **kwargs):
        began = time.perf_counter()
        try:
            return work(*args, **kwargs)
        finally:
            run.seconds.append(time.perf_counter() - began)

    run.seconds = []
    return run


KINDS: dict[str, dict | None] = {
    "active": {},
    "deactivated": {"is_active": False},
    "invited": {"password": make_password(None)},
    "unknown": None,
}


def answers_alike(path: str, times: int) -> dict[str, list[float]]:
    """The same post for four kinds of account, in turn; each attempt at an account and from an address of its own."""
    mark = path.strip("/").replace("/", ".")
    for kind, fields in KINDS.items():
        for number in range(times if fields is not None else 0):
            name = f"{mark}.{kind}.{number}"
            member(name, email=f"{name}@example.com", **fields)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(times):
        for kind in random.sample(list(KINDS), len(KINDS)):
            name, browser = f"{mark}.{kind}.{number}", Browser(next(addresses))
            data = {"username": name, "password": "wrong"} if path == "/login/" else {"username_or_email": name}
            answer = browser.post(path, **data)
            assert answer.status in (200, 302), (path, answer.status)
            found[kind].append(answer.seconds * 1e3)
    return found


def find_pages(users: int) -> dict[str, str]:
    """The addresses of the pages that are timed; the one in the middle is reached by its cursor."""
    middle = _walk(USERS + "?q=&sort=username", users // 50 if users <= 1_000 else 40)
    return {
        "Users: first page": USERS,
        "Users: a page further on": middle,
        "Users: search, one match": f"{USERS}?q={rows.tag(5)}",
        "Users: search, no match": f"{USERS}?q=qqxzj",
        "Users: search, one in twenty, at the end of the order": f"{USERS}?q=zoe",
        "Users: search, one in twenty, at its beginning": f"{USERS}?q=anna",
        "Users: search, two letters": f"{USERS}?q=be",
        "Users: filter, 2FA pending": f"{USERS}?two_factor=pending",
        "Overview": "/",
    }


def find_log_pages() -> dict[str, str]:
    return {"Logs: first page": LOGS, "Logs: a page further on": _walk(LOGS, 20)}


def _walk(path: str, pages: int) -> str:
    boss = browsers["boss"]
    for _ in range(pages):
        links = OLDER.findall(boss.get(path).body)
        path = path.partition("?")[0] + links[-1].decode().replace("&amp;", "&")
    return path


def show(path: str, times: int) -> list[float]:
    return _pages(browsers["boss"], path, times)


def export() -> dict:
    """Time, then once more with Python's memory watched, which is slow."""
    path = "/management/users/export.csv"
    answer = browsers["boss"].get(path)
    gc.collect()
    tracemalloc.start()
    peak = _drain(path)
    tracemalloc.stop()
    return {
        "lines": answer.body.count(b"\r\n"),
        "s": answer.seconds,
        "mib": peak / 2**20,
        "file": len(answer.body) / 2**20,
    }


def _drain(path: str) -> int:
    """The peak of memory while the file is sent and nobody keeps it."""
    client = Client(SERVER_NAME="127.0.0.1")
    client.cookies["sessionid"] = browsers["boss"].cookies["sessionid"]
    for _ in client.get(path).streaming_content:
        pass
    return tracemalloc.get_traced_memory()[1]
