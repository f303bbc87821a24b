"""Requests for a new email end while somebody else is at the row (PostgreSQL)."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from accounts.models import User
from accounts.users import authority
from tests.factories import make_member, make_owner

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole file")


@pytest.fixture
def lena() -> User:
    return make_member(make_owner().contracts.get(), pending_email="lena@new.example")


@pytest.fixture
def another() -> Iterator:
    """A connection of somebody else, in a transaction."""
    beside = connection.copy()
    with transaction.atomic(), beside.cursor() as cursor:
        cursor.execute("BEGIN")
        yield cursor
    beside.close()


def end() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '1s'")
    authority.end_requests(User.objects.filter(username="lena"))


def email_that_waits(user: User) -> str:
    return User.objects.values_list("pending_email", flat=True).get(pk=user.pk)


def test_a_row_that_somebody_is_changing_is_not_waited_for(lena, another):
    another.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR UPDATE", [lena.pk])
    end()
    assert email_that_waits(lena) == "lena@new.example", "its link is invalid by the versions"


def test_a_row_that_somebody_only_refers_to_is_not_passed_over(lena, another):
    another.execute("SELECT 1 FROM accounts_user WHERE id = %s FOR KEY SHARE", [lena.pk])
    end()
    assert email_that_waits(lena) == ""
