"""Who may open the application is asked at every use of what an application was given: a table of uses and losses."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role, Session, User
from accounts.origin import Origin
from accounts.sessions import services as sessions
from cloudpanel.applications.models import Application, Who
from tests.applications.openid.conftest import answered
from tests.factories import make_role

pytestmark = pytest.mark.django_db
OFFLINE = {"scope": "openid profile offline_access"}


class Given:
    """What an application has from an earlier login, and one code that it has not used yet."""

    def __init__(self, console, person) -> None:
        self.console, self.person = console, person
        self.tokens = console.log_in(person, **OFFLINE)
        self.unused = console.code(person, **OFFLINE)

    def code(self) -> bool:
        """Asks for a new code, without a page."""
        response = self.person.get(self.console.request(prompt="none"))
        return response.status_code == 302 and "code" in answered(response)

    def token(self) -> bool:
        return self.console.redeem(self.unused).status_code == 200

    def refresh(self) -> bool:
        return self.console.refresh(self.tokens["refresh_token"]).status_code == 200

    def userinfo(self) -> bool:
        return self.console.userinfo(self.tokens["access_token"]).status_code == 200

    def introspection(self) -> bool:
        return self.console.introspect(self.tokens["access_token"]).get("active") is True

    def introspection_of_refresh(self) -> bool:
        return self.console.introspect(self.tokens["refresh_token"]).get("active") is True


def nothing(person, application):
    pass


def deactivated(person, application):
    User.objects.filter(pk=person.user.pk).update(is_active=False)


def deleted(person, application):
    person.user.delete()


def role_lost(person, application):
    User.objects.filter(pk=person.user.pk).update(role=make_role(application.contract, name="Others"))


def role_off_the_list(person, application):
    application.roles.clear()


def role_disabled(person, application):
    Role.objects.filter(pk=person.user.role_id).update(enabled=False)


def application_disabled(person, application):
    Application.objects.filter(pk=application.pk).update(is_active=False)


def openid_switched_off(person, application):
    Application.objects.filter(pk=application.pk).update(openid=False)


def two_factor_required_and_pending(person, application):
    User.objects.filter(pk=person.user.pk).update(two_factor_required=True)


def needs_two_factor(person, application):
    Application.objects.filter(pk=application.pk).update(needs="two_factor")


def needs_passkey(person, application):
    Application.objects.filter(pk=application.pk).update(needs="passkey")


def account_changed(person, application):
    """A new password, a reset, a deactivation and back."""
    User.objects.filter(pk=person.user.pk).update(stamp=person.user.stamp + 1)


def all_sessions_ended(person, application):
    sessions.end_by(application.contract.owner, person.user, origin=Origin())


def logged_out(person, application):
    person.post("/logout/")


def idle(person, application):
    Session.objects.filter(user=person.user).update(last_seen_at=timezone.now() - timedelta(minutes=31))


def too_old(person, application):
    Session.objects.filter(user=person.user).update(expire_date=timezone.now() - timedelta(seconds=1))


USES = ("code", "token", "refresh", "userinfo", "introspection", "introspection_of_refresh")
NONE: set[str] = set()
OUTLIVES = {"refresh", "introspection_of_refresh"}
TABLE: list[tuple[Callable, set[str]]] = [
    (nothing, set(USES)),
    (deactivated, NONE),
    (deleted, NONE),
    (role_lost, NONE),
    (role_off_the_list, NONE),
    (role_disabled, NONE),
    (application_disabled, NONE),
    (openid_switched_off, NONE),
    (two_factor_required_and_pending, NONE),
    (needs_two_factor, NONE),
    (needs_passkey, NONE),
    (account_changed, NONE),
    (all_sessions_ended, NONE),
    (logged_out, OUTLIVES),
    (idle, OUTLIVES),
    (too_old, OUTLIVES),
]
"""What is lost, and the uses that are still good."""


@pytest.fixture
def given(client, console, lena) -> Given:
    application = client.application
    Application.objects.filter(pk=application.pk).update(who=Who.ROLES)
    application.roles.add(lena.user.role)
    return Given(console, lena)


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize(("lose", "good"), TABLE, ids=lambda value: getattr(value, "__name__", ""))
def test_each_use_asks_whether_the_person_may_open_the_application_now(given, client, lena, lose, good, use):
    lose(lena, client.application)
    assert getattr(given, use)() is (use in good)


LOST_FOR_A_WHILE = (role_lost, role_disabled, application_disabled, two_factor_required_and_pending, needs_two_factor)


def given_back(person, application, role: int) -> None:
    User.objects.filter(pk=person.user.pk).update(role=role, two_factor_required=False)
    Role.objects.filter(pk=role).update(enabled=True)
    Application.objects.filter(pk=application.pk).update(is_active=True, needs="login")


@pytest.mark.parametrize("lose", LOST_FOR_A_WHILE)
def test_a_right_that_comes_back_makes_an_unused_code_good_again(given, client, lena, lose):
    """A refusal does not spend it."""
    role = lena.user.role_id
    lose(lena, client.application)
    assert not given.token()
    given_back(lena, client.application, role)
    assert given.token()


@pytest.mark.parametrize("present", [Given.refresh, Given.introspection_of_refresh])
@pytest.mark.parametrize("lose", LOST_FOR_A_WHILE)
def test_a_refresh_token_presented_without_the_right_is_dead_for_good(given, client, lena, lose, present):
    role = lena.user.role_id
    lose(lena, client.application)
    assert not present(given)
    given_back(lena, client.application, role)
    assert not given.refresh()
    assert not given.introspection_of_refresh()
    assert not given.userinfo()
