"""A password that may be compromised is unblocked by the person's mailbox or by the owner, and by nobody else.

Otherwise somebody with the same rights could set a password, guess a hundred codes, set another one, and so on.
"""

import re

import pytest
from django.utils import timezone

from accounts.models import Attempts, User
from tests.factories import PASSWORD, make_member
from tests.meanwhile import meanwhile
from tests.people import Person, words

pytestmark = pytest.mark.django_db
NEW = "seven brave otters juggle"
BLOCKED = "Only the account owner can set a new one"
LINK = re.compile(r"/password/reset/\S+")


@pytest.fixture
def lena(contract) -> User:
    return make_member(contract, email="lena@example.com", two_factor_required=False)


@pytest.fixture
def ada(contract) -> Person:
    """An Administrator, as Lena."""
    person = Person(make_member(contract, "ada", two_factor_required=False))
    assert person.log_in()
    return person


def now(user: User) -> User:
    return User.objects.get(pk=user.pk)


def block(user: User) -> None:
    User.objects.filter(pk=user.pk).update(password_revoked_at=timezone.now())


def set_password(person: Person, user: User):
    return person.post(f"/management/users/{user.pk}/password/", {"password1": NEW, "password2": NEW})


def test_somebody_with_the_same_rights_does_not_unblock_it(ada, lena):
    block(lena)
    assert BLOCKED in words(ada.get(f"/management/users/{lena.pk}/password/"))
    page = set_password(ada, lena)
    assert page.status_code == 200
    assert BLOCKED in words(page)
    assert now(lena).password_revoked_at
    assert now(lena).check_password(PASSWORD)


def test_also_not_if_it_is_blocked_meanwhile(ada, lena):
    with meanwhile(lambda: block(lena), before='UPDATE "accounts_user"'):
        set_password(ada, lena)
    assert now(lena).password_revoked_at
    assert now(lena).check_password(PASSWORD)


def test_the_owner_does(olivia, lena):
    block(lena)
    assert BLOCKED not in words(olivia.get(f"/management/users/{lena.pk}/password/"))
    assert set_password(olivia, lena).status_code == 302
    assert now(lena).password_revoked_at is None


@pytest.mark.django_db(transaction=True)
def test_the_mailbox_does_also_where_somebody_else_asks_for_the_link(ada, lena, sends, mailoutbox):
    block(lena)
    ada.post(f"/management/users/{lena.pk}/password/", {"invite": "on"})
    link = LINK.search(mailoutbox[-1].body)[0]
    Person("lena").post(link, {"new_password1": NEW, "new_password2": NEW})
    assert now(lena).password_revoked_at is None


@pytest.mark.parametrize(("who", "left"), [("ada", 99), ("olivia", 0)])
def test_the_count_of_a_hundred_goes_on_under_a_password_that_an_equal_has_set(request, lena, who, left):
    Attempts.objects.create(key="x", kind="wrong_codes", user_id=lena.pk, failures=99, updated_at=timezone.now())
    assert set_password(request.getfixturevalue(who), lena).status_code == 302
    assert now(lena).check_password(NEW)
    assert sum(Attempts.objects.filter(kind="wrong_codes").values_list("failures", flat=True)) == left
