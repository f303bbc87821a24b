"""The owner is deactivated or logged out, or an admin is one no longer, between the click and the write: nothing is
written."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from accounts.admin import services as admin_services
from accounts.contracts import services as contract_services
from accounts.models import AuditRow, Contract, Session, User
from accounts.origin import SERVER
from accounts.sessions import services as session_services
from accounts.users import services as user_services
from accounts.users.authority import RightGone
from tests.factories import make_admin, make_member
from tests.meanwhile import meanwhile
from tests.people import Person
from twofactor.requirement import services as requirement

pytestmark = pytest.mark.django_db
UPDATE_USER, READ_USER = 'UPDATE "accounts_user"', 'AS "a" FROM "accounts_user"'
DELETE_SESSION = 'DELETE FROM "accounts_session"'
LOGIN = "/login/"


@pytest.fixture
def lena(contract) -> User:
    """Has set up 2FA, and is logged in somewhere."""
    user = make_member(contract, email="lena@example.com")
    Person(user).enrol()
    return User.objects.get(pk=user.pk)


@pytest.fixture
def nina(contract) -> User:
    return make_member(contract, "nina", email="nina@example.com", two_factor_required=False)


def deactivated(user: User):
    return lambda: user_services.set_state(actor=None, target=User.objects.get(pk=user.pk), active=False, origin=SERVER)


def taken_back(user: User):
    return lambda: session_services.end_by(None, User.objects.get(pk=user.pk), origin=SERVER)


LOSSES = pytest.mark.parametrize("loss", [deactivated, taken_back])


def written() -> list:
    """What a change of 2FA writes: the accounts, their factors and sessions, the log."""
    fields = ("pk", "stamp", "two_factor_required", "two_factor_required_from", "two_factor_active_since", "resets")
    accounts = User.objects.filter(contract__isnull=False).order_by("pk").values(*fields, "two_factor_reminded_at")
    sessions = Session.objects.filter(user__contract__isnull=False).order_by("pk").values_list("pk", flat=True)
    return [
        list(accounts),
        list(sessions),
        AuditRow.objects.exclude(event__in=["user_state", "sessions_ended"]).count(),
    ]


def refused(olivia: Person, page: str, data: dict, *, loss: Callable, before: str) -> None:
    """The owner is sent to the login like everybody who is logged out, and nothing is left of the change."""
    owner, old = User.objects.get(username="owner"), written()
    with meanwhile(loss(owner), before=before):
        assert olivia.post(page, data).url.startswith(LOGIN)
    assert written() == old


NO, YES = {"required": "no"}, {"required": "yes"}
LATER = YES | {"required_from": "2028-03-01T08:00", "required_from_zone": "UTC"}
MOMENT = datetime(2028, 3, 1, 8, tzinfo=UTC)


def page(user: User, name: str) -> str:
    return f"/management/users/{user.pk}/{name}/"


@LOSSES
@pytest.mark.parametrize(("name", "data"), [("two-factor-required", NO), ("two-factor-reset", {})])
def test_no_factor_is_cleared(olivia, lena, name, data, loss):
    refused(olivia, page(lena, name), data, loss=loss, before=UPDATE_USER)


def test_no_session_is_ended_where_2fa_was_disabled_meanwhile(olivia, lena):
    """The No that comes too late for the factor would end the sessions that are left."""
    User.objects.filter(pk=lena.pk).update(two_factor_required=False)
    owner, seen = User.objects.get(username="owner"), User.objects.get(pk=lena.pk)
    User.objects.filter(pk=lena.pk).update(two_factor_active_since=None)
    old = written()
    with meanwhile(deactivated(owner), before=READ_USER):
        assert requirement.set_required(actor=owner, target=seen, required=False, origin=SERVER) is None
    assert written() == old


@LOSSES
@pytest.mark.parametrize("data", [YES, LATER], ids=["now", "later"])
def test_2fa_is_not_required(olivia, nina, data, loss):
    refused(olivia, page(nina, "two-factor-required"), data, loss=loss, before=UPDATE_USER)


@LOSSES
@pytest.mark.parametrize("data", [NO, YES, LATER | {"required_from_zone": "Europe/Berlin"}], ids=["no", "now", "moved"])
def test_a_plan_stays(olivia, nina, data, loss):
    User.objects.filter(pk=nina.pk).update(two_factor_required=True, two_factor_required_from=MOMENT)
    refused(olivia, page(nina, "two-factor-required"), data, loss=loss, before=UPDATE_USER)


@LOSSES
@pytest.mark.parametrize(("action", "more"), [("require", {}), ("require", LATER), ("reset", {})])
def test_nobody_of_several_is_changed(olivia, lena, nina, action, more, loss):
    fields = {"action": action, "ids": [lena.pk, nina.pk], "confirm": "yes"} | more
    refused(olivia, "/management/users/bulk/", fields, loss=loss, before=UPDATE_USER)


@LOSSES
def test_nobody_is_reminded(olivia, nina, mailoutbox, loss):
    User.objects.filter(pk=nina.pk).update(two_factor_required=True)
    refused(olivia, "/management/users/remind/", {"ids": [nina.pk]}, loss=loss, before=UPDATE_USER)
    assert mailoutbox == []


@LOSSES
def test_no_session_is_ended(olivia, lena, loss):
    shown = olivia.get(page(lena, "sessions")).content.decode()
    reference = re.search(r'name="session" value="(\w+)"', shown)
    refused(olivia, page(lena, "sessions"), {}, loss=loss, before=READ_USER)
    User.objects.filter(username="owner").update(is_active=True)
    assert olivia.log_in()
    refused(olivia, page(lena, "sessions/end"), {"session": reference[1]}, loss=loss, before=DELETE_SESSION)


# Admins


def another_admin_demotes(admin: User):
    other = make_admin("second")
    return lambda: admin_services.set_admin(
        actor=other, target=User.objects.get(pk=admin.pk), admin=False, origin=SERVER
    )


@pytest.fixture
def root() -> User:
    return make_admin()


ADMIN_CHANGES = {
    "admin": lambda root, owner: admin_services.set_admin(actor=root, target=owner, admin=True, origin=SERVER),
    "no 2FA": lambda root, owner: requirement.set_required(actor=root, target=owner, required=False, origin=SERVER),
    "contract": lambda root, owner: admin_services.rename_contract(
        actor=root, contract=owner.contracts.get(), name="Mine", origin=SERVER
    ),
}


@pytest.mark.parametrize("change", ADMIN_CHANGES)
def test_who_is_no_admin_any_more_changes_no_account_and_no_contract(root, owner, change):
    User.objects.filter(pk=owner.pk).update(two_factor_required=True)
    owner = User.objects.get(pk=owner.pk)
    with meanwhile(another_admin_demotes(root), before="UPDATE"):
        assert not ADMIN_CHANGES[change](root, owner)
    assert User.objects.values("is_superuser", "two_factor_required").get(pk=owner.pk) == {
        "is_superuser": False,
        "two_factor_required": True,
    }
    assert owner.contracts.get().name == "Alpha Hosting"
    assert list(AuditRow.objects.values_list("actor_label", flat=True)) == ["second"]


def test_nor_do_they_create_an_owner_or_a_contract(root, owner):
    another_admin_demotes(root)()
    with pytest.raises(RightGone):
        contract_services.create_contract(actor=root, owner=owner, name="Mine", origin=SERVER)
    with pytest.raises(RightGone):
        contract_services.create_owner(
            actor=root,
            username="mine",
            name="Mine",
            contract_name="Mine",
            email="",
            password="seven brave otters juggle",
            two_factor_required=False,
            origin=SERVER,
        )
    assert Contract.objects.count() == 1
    assert not User.objects.filter(username="mine").exists()
