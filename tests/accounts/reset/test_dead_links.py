"""An unconfirmed email whose link no longer works: pages say so, and an import mails a new one."""

from datetime import timedelta

import pytest

from accounts.models import OutgoingMail, User
from accounts.reset.queries import confirmable
from tests.accounts.users.conftest import enter, page
from tests.cloudpanel.users.test_import import bring, file_of, outcomes, upload
from tests.commits import commits  # noqa: F401
from tests.factories import make_member
from tests.people import words

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]
NEW = "new@example.com"
FILE = file_of(f"lena,{NEW}", header="username,email")
WAITS, DEAD = "t confirmed yet.", "no link to confirm it works any more."


@pytest.fixture
def lena(clock, contract, olivia, mailoutbox) -> User:
    lena = make_member(contract, "lena", email="lena@example.com", two_factor_required=False)
    olivia.post(page(lena, "email"), {"email": NEW})
    assert mailoutbox.pop().to == [NEW]
    return lena


def later(lena, olivia, contract, clock) -> None:
    clock.shift(timedelta(days=1, seconds=1))


def another_password(lena, olivia, contract, clock) -> None:
    olivia.post(page(lena, "password"), {"password1": "horse battery staple 9912"})


def not_sent(lena, olivia, contract, clock) -> None:
    OutgoingMail.objects.filter(address=NEW).update(failure="limit")


@pytest.mark.parametrize("happens", [later, another_password, not_sent])
def test_a_link_that_no_longer_works_is_said_so_and_mailed_again_by_an_import(
    happens, lena, olivia, owner, contract, clock, mailoutbox
):
    happens(lena, olivia, contract, clock)
    olivia = enter(owner)
    more = words(olivia.get(page(lena)))
    assert (WAITS in more, DEAD in more) == (False, True)
    mailoutbox.clear()
    assert outcomes(upload(olivia, FILE)) == [("lena", "changed")]
    bring(olivia, FILE)
    assert [mail.to for mail in mailoutbox] == [[NEW]]
    assert WAITS in words(olivia.get(page(lena)))


def test_while_it_works_or_waits_to_be_mailed_nothing_is_requested_again(lena, olivia):
    for finished in (True, False):
        if not finished:
            OutgoingMail.objects.update(finished_at=None, failure="connection", attempts=1)
        assert WAITS in words(olivia.get(page(lena)))
        assert outcomes(upload(olivia, FILE)) == [("lena", "unchanged")]


def test_the_profile_says_so_too(lena, clock):
    assert "Open the link that was sent to it." in words(enter(lena).get("/profile/"))
    clock.shift(timedelta(days=1, seconds=1))
    assert DEAD in words(enter(lena).get("/profile/"))


def test_links_of_many_cost_two_queries_and_of_nobody_none(lena, contract, django_assert_num_queries):
    read = list(User.objects.select_related("role", "contract").filter(contract=contract))
    with django_assert_num_queries(2):
        assert confirmable(read) == {lena.pk}
    with django_assert_num_queries(0):
        assert confirmable([user for user in read if user.pk != lena.pk]) == frozenset()
