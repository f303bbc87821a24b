"""What login with OpenID Connect logs: by doing it, checked against docs/events.md."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import AuditRow, Event, Notice
from cloudpanel.applications import openid
from cloudpanel.applications.models import Application
from cloudpanel.applications.openid.models import Client
from tests.applications.openid.conftest import AFTER_LOGOUT, Console, answered
from tests.applications.openid.test_pages import FORM, page_of, shown_secret
from tests.people import Person

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parents[3] / "docs" / "events.md"
STORED = FORM | {"post_logout_redirect_uris": AFTER_LOGOUT}
"""The form as it stands for the client that is there."""


@dataclass
class World:
    """Olivia owns Grafana, Lena logs in to it."""

    olivia: Person
    lena: Person
    console: Console
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def application(self) -> Application:
        return Application.objects.get(pk=self.console.client.application_id)


Act = Callable[[World], object]


def nothing(world: World) -> None:
    """Everything happens at the moment itself."""


def change_field(world: World) -> None:
    world.olivia.post(page_of(world.application), STORED | {"redirect_uris": "https://grafana.example.com/other"})


def send_no_secret(world: World) -> None:
    world.olivia.post(page_of(world.application), STORED | {"client_authentication": "none"})


def switch_off(world: World) -> None:
    world.olivia.post(page_of(world.application), STORED | {"openid": ""})


def switch_on_first(world: World) -> None:
    world.olivia.post(page_of(world.application), FORM)


def without_client(world: World) -> None:
    Client.objects.all().delete()
    Application.objects.update(openid=False)


def new_secret(world: World) -> None:
    world.olivia.post(page_of(world.application) + "secret/")
    world.kept["secret"] = shown_secret(world.olivia.get(page_of(world.application)))


def remove_old_secret(world: World) -> None:
    world.olivia.post(page_of(world.application) + "secret/", {"remove": "old"})


def log_in(world: World) -> None:
    world.kept |= world.console.log_in(world.lena, scope="openid offline_access")


def keep_code(world: World) -> None:
    world.kept["code"] = world.console.code(world.lena)
    assert world.console.redeem(world.kept["code"]).status_code == 200


def replace_refresh_token(world: World) -> None:
    log_in(world)
    Client.objects.get().grants.get().tokens.filter(refresh=True).update(replaced_at="2020-01-01T00:00:00Z")


def disable(world: World) -> None:
    Application.objects.update(is_active=False)


def sealed(page: Any) -> str:
    return page.context["sealed"]


@dataclass(frozen=True)
class Case:
    """One row of the table, and each row of the log that it leads to."""

    event: str
    act: Act
    written: tuple[Event, ...]
    before: Act = nothing


CASES = [
    Case(
        "OpenID Connect is switched on for the first time",
        switch_on_first,
        (Event.APPLICATION_CHANGED, Event.APPLICATION_SECRET),
        before=without_client,
    ),
    Case("One of its fields is changed", change_field, (Event.APPLICATION_CHANGED,)),
    Case(
        "It no longer sends a secret",
        send_no_secret,
        (Event.APPLICATION_CHANGED, Event.APPLICATION_SECRET),
    ),
    Case("It is switched off", switch_off, (Event.APPLICATION_CHANGED,)),
    Case("A new secret", new_secret, (Event.APPLICATION_SECRET,)),
    Case("Another one, while an old one still works", new_secret, (Event.APPLICATION_SECRET,) * 2, before=new_secret),
    Case("**Remove the old secret**", remove_old_secret, (Event.APPLICATION_SECRET,), before=new_secret),
    Case("The first login of a session at an application", log_in, (Event.APPLICATION_LOGIN,)),
    Case("A further login of the session there", log_in, (), before=log_in),
    Case(
        "Somebody without access tries to log in",
        lambda world: world.lena.get(world.console.request()),
        (Event.APPLICATION_REFUSED,),
        before=disable,
    ),
    Case(
        "The same without a page (`prompt=none`)",
        lambda world: answered(world.lena.get(world.console.request(prompt="none"))),
        (Event.APPLICATION_REFUSED,),
        before=disable,
    ),
    Case(
        "A code is used again",
        lambda world: world.console.redeem(world.kept["code"]),
        (Event.APPLICATION_CODE_REUSED,),
        before=keep_code,
    ),
    Case(
        "A refresh token is used again, later than 10 seconds",
        lambda world: world.console.refresh(world.kept["refresh_token"]),
        (Event.APPLICATION_CODE_REUSED,),
        before=replace_refresh_token,
    ),
    Case(
        "An application sends a wrong secret",
        lambda world: Console(world.console.client, "wrong").redeem("x"),
        (Event.APPLICATION_SECRET_WRONG,),
    ),
    Case(
        "An application logs the person out",
        lambda world: world.lena.client.get("/openid/end-session/", {"id_token_hint": world.kept["id_token"]}),
        (Event.SIGN_OUT,),
        before=log_in,
    ),
    Case(
        "**Log out** on the confirmation page",
        lambda world: world.lena.post(
            "/openid/end-session/confirm/", {"request": sealed(world.lena.get("/openid/end-session/")), "end": "yes"}
        ),
        (Event.SIGN_OUT,),
    ),
    Case(
        "**Use another account**",
        lambda world: world.lena.post(
            "/openid/account/",
            {"request": sealed(world.lena.get(world.console.request(prompt="select_account"))), "account": "another"},
        ),
        (Event.SIGN_OUT,),
    ),
    Case(
        "`manage.py openid rotate-keys`",
        lambda world: call_command("openid", "rotate-keys"),
        (Event.SIGNING_KEYS_ROTATED,),
    ),
]


@pytest.fixture
def rows(console, olivia, lena) -> Callable[[Case], list[AuditRow]]:
    """What was written down at the moment."""

    def rows(case: Case) -> list[AuditRow]:
        world = World(olivia, lena, console)
        case.before(world)
        last = AuditRow.objects.latest("id").pk
        case.act(world)
        return list(AuditRow.objects.filter(pk__gt=last).order_by("event"))

    return rows


def line(case: Case, rows: list[AuditRow]) -> str:
    """The row of the table, made from what was written."""
    names = {"owner": "who did it", "lena": "the person", "Grafana": "the application", "": "–"}
    cells = [
        [f"`{row.event}`" for row in rows],
        [row.outcome for row in rows],
        [names[row.actor_label] for row in rows],
        [names[row.target_label] for row in rows],
        [f"`{name}`" for row in rows for name in sorted(row.detail)],
    ]
    return " | ".join([f"| {case.event}", *(", ".join(dict.fromkeys(cell)) or "–" for cell in cells)]) + " |"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.event)
def test_each_event_is_written_as_the_document_says(case, rows, mailoutbox, contract):
    written = rows(case)
    assert [row.event for row in written] == sorted(case.written)
    assert line(case, written) in DOCUMENT.read_text().splitlines()
    of_applications = [row for row in written if row.event.startswith("application_")]
    assert {row.contract_id for row in of_applications} <= {contract.pk}
    assert not mailoutbox
    assert not Notice.objects.exists()


def test_the_document_has_no_other_rows():
    section = DOCUMENT.read_text().partition("## What login with OpenID Connect logs")[2].partition("\n## ")[0]
    first = [row.split(" | ")[0].removeprefix("| ") for row in section.splitlines() if row.startswith("| ")]
    assert first == ["event", *(case.event for case in CASES)]


def test_there_is_a_case_for_every_event_that_the_package_names():
    """SIGN_OUT is written by `twofactor`, whose function the package calls."""
    named = {
        node.attr
        for file in Path(openid.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Event"
    }
    assert named == {event.name for case in CASES for event in case.written} - {Event.SIGN_OUT.name}
