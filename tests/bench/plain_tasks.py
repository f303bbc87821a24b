"""What the plain subject can be asked."""

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command

from tests.bench.browser import Browser
from tests.bench.page import PATH
from tests.bench.sql import Sql

browser: Browser


def prepare() -> None:
    global browser
    call_command("migrate", interactive=False, verbosity=0)
    user = get_user_model().objects.create_user("bench", password="correct horse battery staple")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    browser = Browser()
    browser.cookies["sessionid"] = session.session_key


def page(times: int) -> list[float]:
    return _pages(browser, PATH, times)


def page_cpu(times: int) -> list[float]:
    """Milliseconds of processor time."""
    return [browser.get(PATH).cpu * 1e3 for _ in range(times)]


def cookie() -> str:
    return f"sessionid={browser.cookies['sessionid']}"


def page_queries() -> list[int]:
    with Sql() as sql:
        browser.get(PATH)
    return [sql.queries, sql.writes]


def _pages(who: Browser, path: str, times: int) -> list[float]:
    answers = [who.get(path) for _ in range(times)]
    assert {answer.status for answer in answers} == {200}, path
    return [answer.seconds * 1e3 for answer in answers]
