"""What each change of an account tells whom, and what it ends: through the real pages, checked against docs/events.md.

Before each event a person has another session, a login on its way, a mailed link, and a key that is being set up.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import time_machine

from accounts.models import Attempts, AuditRow, Notice, Session, User
from accounts.models.session_store import row_key
from accounts.origin import SERVER
from accounts.reset import links
from accounts.throttling import budgets
from tests.commits import commits  # noqa: F401
from tests.factories import PASSWORD
from tests.people import Person, code_of
from tests.stories.moments import ADDRESS, OLD, OWNERS, Act, Case, World, path
from tests.stories.moments_of_keys import CASES as OF_KEYS
from tests.twofactor.keys.token import ORIGIN
from twofactor.help import services
from twofactor.help.models import HelpRequest
from twofactor.login import throttles
from twofactor.requirement import services as requirement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
DOCUMENT = Path(__file__).parents[2] / "docs" / "events.md"
NEW = "seven brave otters juggle"
STEPS = ("/login/code/", "/password/new/", "/two-factor/setup/")


def pending_at_a_new_password(world: World) -> None:
    """Who has no code to enter is on the way only while a new password is asked for."""
    User.objects.filter(pk=world.ute.pk).update(must_change_password=True)


def required_meanwhile(world: World) -> None:
    owner = User.objects.get(username="owner")
    requirement.set_required(actor=owner, target=world.account(), required=True, origin=SERVER)
    world.here = world.browser()
    assert world.here.start_login().url == "/two-factor/setup/"
    world.here_key = world.here.read_key()


def own_new_phone(world: World) -> None:
    world.here_key = world.here.read_key()


def at_the_new_password(world: World) -> None:
    pending_at_a_new_password(world)
    world.here = world.browser()
    assert world.here.log_in().url == "/password/new/"
    world.clock.shift(30)


def asked_for_a_new_address(world: World) -> None:
    world.here.post("/profile/email/", {"email": "new@example.com"})
    world.mailed = path(links.email_link(world.account()))


def after_wrong_codes(count: int) -> Act:
    def before(world: World) -> None:
        user = world.account()
        for _ in range(count):
            budgets.consume(throttles.second_factor(user, None))
            Attempts.objects.update(blocked_until=None)
        world.begin_login_here()

    return before


def required(answer: str) -> Act:
    return lambda world: world.olivia.post(world.page("two-factor-required"), {"required": answer})


def recovery(action: str) -> Act:
    fields = {"action": action}
    return lambda world: world.here.post("/login/recovery/", {"recovery_code": world.here.codes[0]} | fields)


def new_password(address: str, **more: str) -> Act:
    fields = {"new_password1": NEW, "new_password2": NEW} | more
    return lambda world: world.here.post(address, fields)


def set_up(world: World) -> object:
    return world.here.post("/two-factor/setup/", {"code": code_of(world.here_key)})


def wrong_code(world: World) -> object:
    return world.here.post("/login/code/", {"code": "000000"})


def asked_for_help(world: World) -> None:
    """From a browser of its own, which goes on when the answer comes."""
    world.begin_login_here()
    world.here.post("/login/help/")


def answered(action: str) -> Act:
    def answer(world: World) -> object:
        asked = HelpRequest.objects.latest("pk")
        data = {"request": asked.pk, "action": action, "words": services.words_of(asked)}
        return world.olivia.post(world.page("help"), data)

    return answer


CASES = [
    Case(
        "The owner says Yes",
        required("yes"),
        ("two_factor_required",),
        sessions=False,
        pending_login=False,
        links=False,
        set_ups=False,
        before=pending_at_a_new_password,
        active=False,
        required=False,
    ),
    Case(
        "The owner plans 2FA, or moves the plan",
        lambda world: world.olivia.post(
            world.page("two-factor-required"), {"required": "yes", "required_from": "2027-03-01T08:00"}
        ),
        ("two_factor_planned",),
        sessions=False,
        pending_login=False,
        links=False,
        set_ups=False,
        before=pending_at_a_new_password,
        active=False,
        required=False,
    ),
    Case("The owner says No", required("no"), ("two_factor_required",)),
    Case("The owner resets", lambda world: world.olivia.post(world.page("two-factor-reset")), ("two_factor_reset",)),
    Case(
        "Asked the account owner for help",
        lambda world: world.here.post("/login/help/"),
        ("help_requested",),
        to_owner=1,
        sessions=False,
        pending_login=False,
        links=False,
        set_ups=False,
        before=World.begin_login_here,
    ),
    Case(
        "The owner resets after the three words",
        answered("approve"),
        ("help_approved",),
        before=asked_for_help,
    ),
    Case(
        "The owner refuses to help",
        answered("refuse"),
        ("help_refused",),
        to_person=0,
        notice=None,
        sessions=False,
        pending_login=False,
        links=False,
        set_ups=False,
        before=asked_for_help,
    ),
    Case(
        "The owner refuses and blocks the password",
        answered("block"),
        ("help_refused", "password_blocked"),
        sessions=False,
        links=False,
        set_ups=False,
        before=asked_for_help,
    ),
    Case(
        "Disabled at /two-factor/disable/",
        lambda world: world.here.post("/two-factor/disable/"),
        ("two_factor_disabled",),
        required=False,
        goes_on=True,
    ),
    Case(
        "Disabled with a recovery code at login",
        recovery("disable"),
        ("recovery_code_used", "two_factor_disabled"),
        to_person=2,
        before=World.begin_login_here,
    ),
    Case(
        "A recovery code used to log in once",
        recovery("sign_in"),
        ("recovery_code_used", "sign_in"),
        sessions=False,
        pending_login=False,
        set_ups=False,
        before=World.begin_login_here,
        goes_on=True,
    ),
    Case(
        "New recovery codes",
        lambda world: world.here.post("/two-factor/recovery-codes/"),
        ("recovery_codes_made",),
        goes_on=True,
    ),
    Case("Set up on a new phone", set_up, ("two_factor_moved",), before=own_new_phone, goes_on=True),
    Case(
        "Activated",
        set_up,
        ("two_factor_activated", "sign_in"),
        before=required_meanwhile,
        active=False,
        required=False,
        goes_on=True,
    ),
    Case(
        "New password by the owner",
        lambda world: world.olivia.post(world.page("password"), {"password1": NEW, "password2": NEW}),
        ("user_password",),
    ),
    Case(
        "Own new password",
        new_password("/profile/password/", current_password=PASSWORD),
        ("user_password",),
        goes_on=True,
    ),
    Case(
        "Forced new password at login",
        new_password("/password/new/"),
        ("user_password", "sign_in"),
        before=at_the_new_password,
        goes_on=True,
    ),
    Case(
        "New password by a mailed link",
        lambda world: Person(world.ute).post(world.link, {"new_password1": NEW, "new_password2": NEW}),
        ("user_password",),
        notice=None,
    ),
    Case(
        "New email, when the link is opened and confirmed",
        lambda world: Person(world.ute).post(world.mailed),
        ("user_email",),
        to_old=1,
        notice=None,
        before=asked_for_a_new_address,
        address=OLD,
    ),
    Case(
        "Email removed",
        lambda world: world.here.post("/profile/email/", {"email": ""}),
        ("user_email",),
        to_person=0,
        to_old=1,
        notice=None,
        notice_beside_mail=True,
        address=OLD,
        goes_on=True,
    ),
    Case(
        "Deactivated",
        lambda world: world.olivia.post(world.page("state"), {"state": "deactivated"}),
        ("user_state",),
    ),
    Case(
        "Ten wrong codes in a row",
        wrong_code,
        ("sign_in_code", "ten_wrong_codes"),
        to_owner=1,
        sessions=False,
        pending_login=False,
        links=False,
        set_ups=False,
        before=after_wrong_codes(9),
    ),
    Case(
        "A hundred wrong codes",
        wrong_code,
        ("password_revoked", "sign_in_code", "ten_wrong_codes"),
        to_person=2,
        to_owner=2,
        sessions=False,
        links=False,
        set_ups=False,
        before=after_wrong_codes(99),
    ),
    *OF_KEYS,
]


@pytest.fixture(autouse=True)
def _where_keys_work(settings):
    settings.PUBLIC_URL = ORIGIN


def prepared(case: Case, email: str) -> World:
    clock = time_machine.travel("2026-11-25 09:00:10 +0000", tick=False)
    world = World(clock.start(), active=case.active, required=case.required, email=email)
    world.end = clock.stop
    case.before(world)
    world.wait_for_it()
    return world


@pytest.fixture
def moment():
    """Whoever was brought to the moment, and what was written down and mailed since."""
    worlds: list[World] = []

    def moment(case: Case, email: str) -> tuple[World, list[str]]:
        worlds.append(world := prepared(case, email))
        Notice.objects.all().delete()
        last = AuditRow.objects.latest("id").pk
        case.act(world)
        return world, sorted(AuditRow.objects.filter(pk__gt=last).values_list("event", flat=True))

    yield moment
    for world in worlds:
        world.end()


def waiting(user: User) -> int:
    return Notice.objects.filter(user=user).count()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.event)
def test_who_is_told_and_what_is_written_down(case, moment, mailoutbox):
    sent, act = [], case.act
    alone = replace(case, act=lambda world: (mailoutbox.clear(), act(world), sent.extend(mailoutbox)))
    world, rows = moment(alone, case.address)
    assert rows == sorted(case.audit)
    told = Counter(address for message in sent for address in message.to)
    person = world.account().email
    expected = {person: case.to_person, OLD: case.to_old, OWNERS: case.to_owner}
    assert told == {address: count for address, count in expected.items() if address and count}
    assert bool(waiting(world.ute)) == case.notice_beside_mail


@pytest.mark.parametrize("case", [case for case in CASES if case.notice], ids=lambda case: case.event)
def test_without_an_email_it_is_told_at_the_next_login(case, moment, mailoutbox):
    world, _ = moment(case, "")
    assert waiting(world.ute) == case.to_person
    assert not [message for message in mailoutbox if message.to == [ADDRESS]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.event)
def test_what_hangs_on_the_account_ends_with_it_or_stays(case, moment):
    world, _ = moment(case, case.address)
    others = Session.objects.filter(user=world.ute, signed_in=True).exclude(session_key=row_key(cookie(world.here)))
    assert others.exists() != case.sessions, "the rows are gone, so that nothing rests on the stamp alone"
    assert is_out(world.elsewhere) == case.sessions
    assert (world.on_its_way.get("/").url not in STEPS) == case.pending_login
    assert ("new_password1" not in Person(world.ute).get(world.link).content.decode()) == case.links
    assert (not activates(world.setting_up, world.pending_key)) == case.set_ups


@pytest.mark.parametrize("case", [case for case in CASES if case.goes_on], ids=lambda case: case.event)
def test_who_did_it_stays_logged_in_under_a_new_session_id(case, moment):
    before = []
    act = case.act
    noted = replace(case, act=lambda world: (before.append(cookie(world.here)), act(world)))
    world, _ = moment(noted, case.address)
    assert world.here.is_in()
    assert cookie(world.here) != before[0]


def cookie(person: Person) -> str:
    """The session of this browser; empty before a login."""
    found = person.client.cookies.get("sessionid")
    return found.value if found else ""


def is_out(person: Person) -> bool:
    answer = person.get("/profile/")
    return answer.status_code == 302 and answer.url.startswith("/login/")


def activates(person: Person, key: bytes) -> bool:
    answer = person.post("/two-factor/setup/", {"code": code_of(key)})
    return answer.status_code == 302 and answer.url == "/two-factor/activated/"


def said(answer: bool | None) -> str:
    return "–" if answer is None else "yes" if answer else "no"


def line(case: Case) -> str:
    mails = (case.to_person or "–", case.to_old or "–", case.to_owner or "–")
    notice = True if case.notice_beside_mail else case.notice
    ends = (case.sessions, case.pending_login, case.links, case.set_ups)
    rows = ", ".join(f"`{name}`" for name in sorted(case.audit))
    return " | ".join([f"| {case.event}", *map(str, mails), said(notice), rows, *map(said, ends)]) + " |"


def test_the_document_has_this_very_table():
    accounts = DOCUMENT.read_text().partition("\n## ")[0]
    found = [row for row in accounts.splitlines() if row.startswith("| ") and not row.startswith("| event")]
    assert found == [line(case) for case in CASES]
