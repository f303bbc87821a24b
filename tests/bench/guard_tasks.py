"""What the panel can be asked about the guard: the check of one visit among many, of one application among many."""

from ipaddress import ip_network

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Contract, Session
from accounts.origin import Origin
from cloudpanel.applications.guard import visits
from cloudpanel.applications.guard.configurations import all_for
from cloudpanel.applications.guard.digests import digest
from cloudpanel.applications.models import Application, Ticket, Visit
from tests.bench import panel_tasks
from tests.bench.browser import Answer, Browser
from tests.bench.rows import BATCH
from tests.bench.sql import Sql

CHECK = "/guard/nginx/"
browser: Browser


def prepare(visits: int, applications: int, port: int) -> str:
    """Somebody with 2FA and a visit, and so many other visits and applications. The visit's cookie."""
    global browser
    panel_tasks.prepare()
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]
    contract = Contract.objects.get()
    console = _application(contract, f"http://127.0.0.1:{port}")
    console.save()
    cookie = f"cloudpanel_visit_{console.pk}={_opened(console)}"
    Application.objects.bulk_create(
        _application(contract, f"https://c{n}.example.com") for n in range(applications - 1)
    )
    _other_visits(console, visits - 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    browser = Browser()
    browser.cookies = dict([cookie.split("=")])
    browser.headers = {"HTTP_X_ORIGINAL_URL": f"{console.origin}/a.png", "HTTP_X_ORIGINAL_METHOD": "GET"}
    return cookie


def _application(contract: Contract, origin: str) -> Application:
    return Application(contract=contract, name="Console", origin=origin, guard=True, last_used_at=timezone.now())


def _opened(console: Application) -> str:
    session = Session.objects.select_related("user").get(user__username="bench", signed_in=True)
    ticket = visits.issue_ticket(
        application=console,
        session=session,
        user=session.user,
        verified=True,
        nonce_digest=digest("nonce", console.pk, "n"),
        path="/",
    )
    opened = visits.take_ticket(application=console, ticket=ticket, nonce="n", origin=Origin())
    Ticket.objects.all().delete()
    assert opened
    return opened.secret


def _other_visits(console: Application, number: int) -> None:
    """Each of a session of its own."""
    session = Session.objects.get(user__username="bench", signed_in=True)
    own, user = session.session_key, session.user_id
    hashed = Visit.objects.get(session=own).auth_hash
    for start in range(0, number, BATCH):
        keys = [f"{n:040d}" for n in range(start, min(start + BATCH, number))]
        now = timezone.now()
        Session.objects.bulk_create(
            Session(session_key=key, session_data="", expire_date=session.expire_date, user_id=user, created_at=now)
            for key in keys
        )
        Visit.objects.bulk_create(
            Visit(digest=f"{key:0>64}", application=console, session_id=key, auth_hash=hashed, verified=True)
            for key in keys
        )


def check(times: int) -> list[float]:
    """Milliseconds of processor time."""
    return [answer.cpu * 1e3 for answer in _answers(times)]


def check_queries() -> list[int]:
    with Sql() as sql:
        _answers(1)
    return [sql.queries, sql.writes]


def _answers(times: int) -> list[Answer]:
    answers = [browser.get(CHECK) for _ in range(times)]
    assert {answer.status for answer in answers} == {200}
    return answers


def configuration(upstream: str, panel: str) -> str:
    """For nginx, as the panel shows it."""
    console = Application.objects.order_by("pk")[0]
    return next(one.text for one in all_for(console.pk, console.origin, upstream, panel=panel) if one.kind == "nginx")
