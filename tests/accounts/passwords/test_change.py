"""The one function that writes a new password: what it writes, what ends with it, and who is told."""

import unicodedata
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Attempts, AuditRow, Event, OutgoingMail, Session, User
from accounts.models.session_store import row_key
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.passwords import services as passwords
from accounts.throttling.budgets import ONLY_COUNTED
from tests.factories import PASSWORD, make_contract, make_member
from tests.people import Person
from twofactor.session_store import SessionStore

pytestmark = pytest.mark.django_db
NEW = "zwölf große Äpfel"
ORIGIN = Origin("192.0.2.7", "Browser 7")


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, two_factor_required=False, email="lena@example.com")


@pytest.fixture
def counted(lena) -> None:
    """A wait, and wrong codes."""
    now = timezone.now()
    for kind, end in (("waits", now + timedelta(minutes=1)), (ONLY_COUNTED, None)):
        Attempts.objects.create(key=kind, kind=kind, user=lena, failures=5, blocked_until=end, updated_at=now)


def change(user: User, *, by: User | None, seen=None, **more) -> Mailed | None:
    rows = User.objects.filter(pk=user.pk) if seen is None else seen
    return passwords.change(user, NEW, by=by, seen=lambda: rows, origin=ORIGIN, **more)


def counts() -> set[str]:
    return set(Attempts.objects.values_list("kind", flat=True))


@pytest.mark.parametrize(("by", "other"), [("lena", False), ("owner", True), (None, True)])
def test_it_is_written_with_who_has_set_it_and_the_next_stamp(owner, lena, by, other):
    assert change(lena, by={"lena": lena, "owner": owner, None: None}[by])
    stored = User.objects.get(pk=lena.pk)
    assert passwords.verify(stored, NEW)
    assert not passwords.verify(stored, PASSWORD)
    assert (stored.password_set_by_other, stored.must_change_password, stored.stamp) == (other, False, 1)
    for name in ("password", "password_set_by_other", "must_change_password", "stamp"):
        assert getattr(lena, name) == getattr(stored, name), name


def test_it_has_to_be_changed_where_that_is_wanted(owner, lena):
    change(lena, by=owner, must_change=True)
    assert User.objects.get(pk=lena.pk).must_change_password is True


@pytest.mark.usefixtures("counted")
def test_nothing_is_written_for_an_account_that_has_changed(owner, lena):
    session = Session.objects.create(session_key="key", user=lena, signed_in=True, expire_date=timezone.now())
    before = User.objects.filter(pk=lena.pk).values().get()
    assert change(lena, by=owner, seen=User.objects.none()) is None
    assert User.objects.filter(pk=lena.pk).values().get() == before
    assert counts() == {"waits", ONLY_COUNTED}
    assert Session.objects.get() == session
    assert not AuditRow.objects.filter(event=Event.USER_PASSWORD).exists()


def test_it_stands_in_the_log_and_its_person_is_told(owner, lena):
    mailed = change(lena, by=owner, detail={"by": "link"})
    row = AuditRow.objects.get(event=Event.USER_PASSWORD)
    assert (row.actor_label, row.target_label, row.detail) == ("owner", "lena", {"by": "link"})
    assert (row.ip, row.user_agent, row.outcome) == ("192.0.2.7", "Browser 7", "ok")
    mail = OutgoingMail.objects.get()
    assert (mail.address, mailed) == ("lena@example.com", Mailed((mail.pk,)))


# What ends with it


def test_all_sessions_end_but_the_one_that_changes_it(lena):
    person, other = Person(lena), Person(lena)
    person.log_in()
    other.log_in()
    session = SessionStore(person.client.cookies["sessionid"].value)
    user = User.objects.get(pk=lena.pk)
    change(user, by=user, session=session)
    assert list(Session.objects.values_list("session_key", flat=True)) == [row_key(session.session_key)]
    person.client.cookies["sessionid"] = session.session_key
    assert person.is_in()
    assert not other.is_in()


def test_without_one_all_of_the_account_end(owner, lena, olivia):
    person = Person(lena)
    person.log_in()
    change(lena, by=owner)
    assert Session.objects.get().user == owner


@pytest.mark.parametrize(("by", "kept"), [("lena", "nina@example.org"), ("owner", "")])
def test_emails_that_it_had_requested_for_others_end_where_somebody_else_sets_it(contract, owner, lena, by, kept):
    nina = make_member(contract, "nina", pending_email="nina@example.org", pending_email_by=lena)
    change(lena, by=lena if by == "lena" else owner)
    nina.refresh_from_db()
    assert nina.pending_email == kept


@pytest.mark.parametrize(("frees", "kept"), [(False, "digest"), (True, "")])
def test_the_browser_that_may_set_up_is_forgotten_where_that_is_wanted(owner, lena, frees, kept):
    User.objects.filter(pk=lena.pk).update(setup_browser="digest")
    change(lena, by=owner, **({"frees": True} if frees else {}))
    assert User.objects.get(pk=lena.pk).setup_browser == kept


@pytest.mark.usefixtures("counted")
def test_the_count_of_wrong_codes_begins_anew_and_waits_go_on(owner, lena):
    change(lena, by=owner)
    assert counts() == {"waits"}


@pytest.mark.usefixtures("counted")
def test_a_password_that_was_blocked_is_not_any_more_and_nothing_waits(owner, lena):
    User.objects.filter(pk=lena.pk).update(password_revoked_at=timezone.now())
    lena.refresh_from_db()
    change(lena, by=owner)
    assert (lena.password_revoked_at, counts()) == (None, set())
    assert User.objects.get(pk=lena.pk).password_revoked_at is None


@pytest.mark.usefixtures("counted")
def test_it_stays_blocked_where_that_is_wanted_with_its_counts(owner, lena):
    User.objects.filter(pk=lena.pk).update(password_revoked_at=timezone.now())
    lena.refresh_from_db()
    change(lena, by=owner, unblock=False)
    assert counts() == {"waits", ONLY_COUNTED}
    assert User.objects.get(pk=lena.pk).password_revoked_at


# What is the account's password, and what may be


def test_it_is_current_however_it_is_typed(owner, lena):
    change(lena, by=owner)
    assert passwords.is_current(lena, unicodedata.normalize("NFD", NEW))
    assert not passwords.is_current(lena, PASSWORD)


def test_an_account_that_is_not_stored_or_has_none_has_no_current_one(lena):
    assert not passwords.is_current(User(password=lena.password), PASSWORD)
    lena.set_unusable_password()
    assert not passwords.is_current(lena, lena.password)


def test_the_names_of_all_contracts_of_an_owner_are_own_words(owner, contract):
    make_contract(owner, "Blue Mountain Radio")
    names = passwords._names_of_contracts(owner)
    assert sorted(names) == ["Alpha Hosting", "Blue Mountain Radio"]
    assert passwords._names_of_contracts(make_member(contract, "nina")) == ["Alpha Hosting"]
    assert passwords._names_of_contracts(User()) == []


def test_a_hash_at_another_cost_is_written_and_kept_by_the_account_that_was_read(lena, settings):
    other = make_member(lena.contract, "nina")
    User.objects.update(password=lena.password)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.ScryptPasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert passwords.verify(lena, PASSWORD, upgrade=True)
    assert lena.password == User.objects.get(pk=lena.pk).password
    assert lena.password.startswith("scrypt$")
    assert User.objects.get(pk=other.pk).password.startswith("md5$")
