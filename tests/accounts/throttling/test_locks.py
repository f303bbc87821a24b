"""Which counts of failures an unlock, a new password and a deletion clear, and whose."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Attempts
from accounts.throttling import locks
from accounts.throttling.budgets import ONLY_COUNTED
from tests.factories import make_member

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def lena(contract):
    return make_member(contract)


@pytest.fixture
def counts(contract, lena):
    """Of each account: a wait, one that has ended, and wrong codes."""
    now = timezone.now()
    for user in (lena, make_member(contract, "nina")):
        for kind, end in (("waits", now + timedelta(seconds=1)), ("over", now), (ONLY_COUNTED, None)):
            Attempts.objects.create(
                key=f"{user.username} {kind}", kind=kind, user=user, failures=5, blocked_until=end, updated_at=now
            )


def left(username: str) -> set[str]:
    keys = Attempts.objects.filter(user__username=username).values_list("key", flat=True)
    return {key.partition(" ")[2] for key in keys}


def test_an_unlock_ends_waits_and_keeps_the_count_of_wrong_codes(counts, lena):
    assert locks.clear(lena.pk) == 1
    assert (left("lena"), left("nina")) == ({ONLY_COUNTED}, {"waits", "over", ONLY_COUNTED})
    assert locks.clear(lena.pk) == 0


@pytest.mark.parametrize(("waits_too", "kept"), [(True, set()), (False, {"waits", "over"})])
def test_a_new_password_begins_the_count_of_wrong_codes_anew(counts, lena, waits_too, kept):
    locks.begin_anew(lena.pk, waits_too=waits_too)
    assert (left("lena"), left("nina")) == (kept, {"waits", "over", ONLY_COUNTED})


def test_a_deletion_forgets_all_counts_of_these_accounts(counts, lena):
    locks.forget(lena.pk)
    assert (left("lena"), left("nina")) == (set(), {"waits", "over", ONLY_COUNTED})
