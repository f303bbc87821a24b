"""A mailed link holds only as long as who asked for it may still ask, and all is as it was then."""

import re

import pytest
from django.test import Client

from accounts.admin import services as admin_services
from accounts.models import Contract, Role, User
from accounts.origin import Origin
from accounts.passwords import services as passwords
from accounts.reset import services as reset
from accounts.roles import services as roles
from accounts.sessions import services as sessions
from accounts.users import services as users
from tests.factories import PASSWORD, make_member, make_role
from tests.people import Person, words
from twofactor.factors import account
from twofactor.requirement import services as requirement

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
ORIGIN = Origin("127.0.0.1", "test")
LINK = re.compile(r"http://127\.0\.0\.1:8000(/(?:email/confirm|password/reset)/[^\s\"<]+)")
NEW = "another-password-altogether"
HELPERS = ("users.show", "users.set_email", "users.set_password", "users.create")


@pytest.fixture
def helpers(contract) -> Role:
    return make_role(contract, *HELPERS)


@pytest.fixture
def mona(contract, helpers) -> User:
    return make_member(contract, "mona", role=helpers, two_factor_required=False)


@pytest.fixture
def wim(contract) -> User:
    weak = make_role(contract, "users.show")
    return make_member(contract, "wim", role=weak, email="wim@example.com", two_factor_required=False)


def now(user: User) -> User:
    return User.objects.select_related("role", "contract").get(pk=user.pk)


def administrator(contract: Contract) -> Role:
    return contract.roles.get(built_in=True)


def email_asked(mona: User, wim: User, mailoutbox) -> str:
    reset.request_email(actor=now(mona), target=now(wim), email="thief@example.com", origin=ORIGIN)
    return LINK.findall(mailoutbox[-1].body)[0]


def invited(mona: User, wim: User, mailoutbox) -> str:
    assert reset.invite(actor=now(mona), target=now(wim), origin=ORIGIN)
    return LINK.findall(mailoutbox[-1].body)[0]


def created(mona: User, wim: User, mailoutbox) -> str:
    """An account that Mona herself creates; from then on it is the one called wim."""
    users.delete_user(actor=None, target=now(wim), origin=ORIGIN)
    account = {"username": "wim", "name": "Wim", "email": "wim@example.com", "role": wim.role}
    users.create_invited_user(actor=now(mona), contract=wim.contract, origin=ORIGIN, **account)
    return LINK.findall(mailoutbox[-1].body)[0]


def works(path: str) -> bool:
    form = {"new_password1": NEW, "new_password2": NEW} if path.startswith("/password/") else {}
    return Client().post(path, form).status_code == 302


def promoted(owner, mona, wim):
    users.set_role(actor=owner, target=wim, role=administrator(wim.contract), origin=ORIGIN)


def promoted_for_a_moment(owner, mona, wim):
    before = wim.role
    users.set_role(actor=owner, target=wim, role=administrator(wim.contract), origin=ORIGIN)
    users.set_role(actor=owner, target=now(wim), role=before, origin=ORIGIN)


def given_more_by_the_role(owner, mona, wim):
    roles.set_permissions(actor=owner, role=wim.role, permissions=frozenset({"users.delete"}), origin=ORIGIN)


def role_disabled(owner, mona, wim):
    roles.set_state(actor=owner, role=wim.role, enabled=False, origin=ORIGIN)


def deactivated(owner, mona, wim):
    users.set_state(actor=owner, target=wim, active=False, origin=ORIGIN)


def deactivated_for_a_moment(owner, mona, wim):
    users.set_state(actor=owner, target=wim, active=False, origin=ORIGIN)
    users.set_state(actor=owner, target=now(wim), active=True, origin=ORIGIN)


def requester_deactivated(owner, mona, wim):
    users.set_state(actor=owner, target=mona, active=False, origin=ORIGIN)


def requester_deactivated_for_a_moment(owner, mona, wim):
    users.set_state(actor=owner, target=mona, active=False, origin=ORIGIN)
    users.set_state(actor=owner, target=now(mona), active=True, origin=ORIGIN)


def requester_deleted(owner, mona, wim):
    users.delete_user(actor=owner, target=mona, origin=ORIGIN)


def requester_demoted(owner, mona, wim):
    users.set_role(actor=owner, target=mona, role=make_role(mona.contract, "users.show"), origin=ORIGIN)


def requesters_role_reduced(owner, mona, wim):
    roles.set_permissions(actor=owner, role=mona.role, permissions=frozenset({"users.show"}), origin=ORIGIN)


def requesters_role_changed_and_changed_back(owner, mona, wim):
    before = frozenset(mona.role.permissions)
    roles.set_permissions(actor=owner, role=mona.role, permissions=frozenset(), origin=ORIGIN)
    again = Role.objects.get(pk=mona.role_id)
    roles.set_permissions(actor=owner, role=again, permissions=before, origin=ORIGIN)


def requesters_role_disabled(owner, mona, wim):
    roles.set_state(actor=owner, role=mona.role, enabled=False, origin=ORIGIN)


CHANGES = [
    promoted,
    promoted_for_a_moment,
    given_more_by_the_role,
    role_disabled,
    deactivated,
    deactivated_for_a_moment,
    requester_deactivated,
    requester_deactivated_for_a_moment,
    requester_deleted,
    requester_demoted,
    requesters_role_reduced,
    requesters_role_changed_and_changed_back,
    requesters_role_disabled,
]
ASKED = [email_asked, invited, created]


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("change", CHANGES)
def test_s01_a_link_ends_with_the_circumstances_it_was_asked_for_under(ask, change, owner, mona, wim, mailoutbox):
    path = ask(mona, wim, mailoutbox)

    change(owner, now(mona), now(User.objects.get(username="wim")))

    assert "This link doesn't work" in words(Client().get(path))
    assert not works(path)
    again = User.objects.get(username="wim")
    assert (again.email, again.pending_email, again.pending_email_by) == ("wim@example.com", "", None)
    assert not again.check_password(NEW)


@pytest.mark.parametrize("ask", ASKED)
def test_s01_a_link_works_where_nothing_has_changed(ask, mona, wim, mailoutbox):
    assert works(ask(mona, wim, mailoutbox))


@pytest.mark.parametrize("ask", ASKED)
def test_s01_what_the_owner_changes_on_others_leaves_a_link_alone(ask, owner, mona, wim, mailoutbox):
    path = ask(mona, wim, mailoutbox)
    other = make_member(wim.contract, "ole", role=make_role(wim.contract, "users.show"))
    users.set_role(actor=owner, target=other, role=administrator(wim.contract), origin=ORIGIN)
    assert works(path)


def reset_of_two_factor(mona):
    User.objects.filter(pk=mona.pk).update(two_factor_required=True)
    assert requirement.reset(actor=mona.contract.owner, target=now(mona), origin=ORIGIN)


def no_longer_required(mona):
    User.objects.filter(pk=mona.pk).update(two_factor_required=True)
    assert requirement.set_required(actor=mona.contract.owner, target=now(mona), required=False, origin=ORIGIN)


def password_by_another(mona):
    users.set_password(actor=None, target=mona, password=NEW, must_change_password=False, origin=ORIGIN)


def own_new_password(mona):
    passwords.change(mona, NEW, by=mona, seen=User.objects.filter(pk=mona.pk).all, origin=ORIGIN)


def sessions_ended(mona):
    sessions.end_by(mona.contract.owner, mona, origin=ORIGIN)


def own_two_factor_disabled(mona):
    assert account.give_up(mona)


def own_other_sessions_ended(mona):
    sessions.end_by(mona, mona, origin=ORIGIN)


TAKEN_BACK = [reset_of_two_factor, no_longer_required, password_by_another, sessions_ended]
OWN_CHANGES = [own_new_password, own_two_factor_disabled, own_other_sessions_ended]


@pytest.mark.parametrize("take_back", TAKEN_BACK)
def test_a_new_email_that_an_impostor_asked_for_ends_when_the_account_is_taken_back(take_back, mona, wim, mailoutbox):
    path = email_asked(mona, wim, mailoutbox)

    take_back(now(mona))

    assert "This link doesn't work" in words(Client().get(path))
    assert not works(path)
    again = User.objects.get(username="wim")
    assert (again.email, again.pending_email, again.pending_email_by) == ("wim@example.com", "", None)


@pytest.mark.parametrize("ask", [invited, created])
@pytest.mark.parametrize("change", TAKEN_BACK)
def test_invitations_outlive_that_their_sender_is_taken_back(change, ask, mona, wim, mailoutbox):
    path = ask(mona, wim, mailoutbox)
    change(now(mona))
    assert works(path)


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("change", OWN_CHANGES)
def test_links_outlive_what_their_sender_changes_on_their_own_account(change, ask, mona, wim, mailoutbox):
    path = ask(mona, wim, mailoutbox)
    change(now(mona))
    assert works(path)


def test_s01_the_owner_may_ask_whatever_the_role_of_the_user_is(owner, wim, mailoutbox):
    promoted(owner, None, wim)
    assert works(email_asked(owner, wim, mailoutbox))


def test_s01_an_own_new_email_ends_with_a_new_role_too(owner, wim, mailoutbox):
    path = email_asked(wim, wim, mailoutbox)
    promoted(owner, None, now(wim))
    assert not works(path)


def test_s01_an_account_that_becomes_an_admin_loses_its_links(owner, mailoutbox):
    other = User.objects.create_user("olga", PASSWORD, name="Olga", email="olga@example.com")
    path = email_asked(other, other, mailoutbox)
    admin_services.set_admin(actor=owner, target=other, admin=True, origin=ORIGIN)
    assert not works(path)
    assert now(other).pending_email == ""


def test_s01_the_story_of_the_helper_who_wanted_to_be_an_administrator(olivia, mona, wim, mailoutbox):
    thief = Person(mona)
    thief.log_in()
    assert thief.post(f"/management/users/{wim.pk}/email/", {"email": "thief@example.com"}).status_code == 302
    path = LINK.findall(mailoutbox[-1].body)[0]

    olivia.post(f"/management/users/{wim.pk}/role/", {"role": administrator(wim.contract).pk})
    olivia.post(f"/management/users/{mona.pk}/state/", {"state": "deactivated"})

    assert not works(path)
    assert now(wim).email == "wim@example.com"
    assert "thief@example.com" not in words(olivia.get(f"/management/users/{wim.pk}/"))


@pytest.mark.parametrize("change", [requester_deactivated, requester_demoted, requesters_role_reduced])
def test_s01_what_the_gate_let_through_is_not_written_once_the_actor_may_no_longer(change, owner, mona, wim):
    """The request of Mona that runs while the owner takes her rights away."""
    seen, target = now(mona), now(wim)
    change(owner, now(mona), now(wim))

    assert not users.set_password(actor=seen, target=target, password=NEW, must_change_password=False, origin=ORIGIN)
    assert reset.request_email(actor=seen, target=target, email="", origin=ORIGIN) is None
    assert not reset.invite(actor=seen, target=target, origin=ORIGIN)
    assert not users.set_state(actor=seen, target=target, active=False, origin=ORIGIN)
    assert not users.delete_user(actor=seen, target=target, origin=ORIGIN)
    assert not users.set_role(actor=seen, target=target, role=seen.role, origin=ORIGIN)
