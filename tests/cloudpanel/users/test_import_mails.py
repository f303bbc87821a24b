"""What an import mails, and what it says about it."""

import pytest

from accounts.models import OutgoingMail, User
from tests.cloudpanel.users.test_import import bring, file_of, upload
from tests.factories import make_role
from tests.people import words

USERS = "/management/users/"
LIMIT = "You can only send"

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("commits")]


def strangers(number: int) -> bytes:
    lines = (f"u{n},Your parcel,victim{n}@example.org,Plain" for n in range(number))
    return file_of(*lines, header="username,name,email,role")


def test_s18_a_sub_user_sends_twenty_invitations_by_a_file_and_is_told_before(olivia, contract, somebody, mailoutbox):
    make_role(contract, name="Plain")
    sam = somebody("users.show", "users.create")
    assert "Invitations and links to be mailed: 25. You can only send 20 of them now" in words(
        upload(sam, strangers(25))
    )
    bring(sam, strangers(25))
    assert len(mailoutbox) == 20
    assert OutgoingMail.objects.filter(failure="limit").count() == 5
    unreached = User.objects.filter(mail_failed_at__isnull=False)
    assert set(unreached.values_list("username", "mail_failure")) == {(f"u{n}", "limit") for n in range(20, 25)}
    assert "Email to 5 users could not be delivered." in words(olivia.get("/"))
    left = unreached.first()
    assert "could not be delivered: too many emails within an hour." in words(olivia.get(f"{USERS}{left.pk}/"))
    assert "u24" in words(sam.get(f"{USERS}?attention=mail"))
    olivia.post(f"{USERS}{left.pk}/password/", {"invite": "on"})
    assert mailoutbox[-1].to == [left.email]
    assert not unreached.filter(pk=left.pk).exists()


def test_what_was_sent_within_the_hour_counts_in_the_preview(contract, somebody, mailoutbox, clock):
    make_role(contract, name="Plain")
    sam = somebody("users.show", "users.create")
    assert LIMIT not in words(upload(sam, strangers(20)))
    bring(sam, strangers(19))
    assert "to be mailed: 2. You can only send 1 of them" in words(
        upload(sam, file_of("a,A,a@example.org,Plain", "b,B,b@example.org,Plain", header="username,name,email,role"))
    )
    clock.shift(3601)
    sam.log_in()
    assert LIMIT not in words(upload(sam, file_of("a,A,a@example.org,Plain", header="username,name,email,role")))


def test_s18_the_twenty_first_invitation_of_a_sub_user_says_on_the_page_that_it_was_not_sent(
    contract, somebody, mailoutbox
):
    role = make_role(contract, name="Plain")
    sam = somebody("users.show", "users.create")
    bring(sam, strangers(20))
    typed = {"name": "Ida", "username": "ida", "email": "ida@example.org", "role": role.pk, "invite": "on"}
    assert "The invitation could not be mailed." in words(sam.post(f"{USERS}create/", typed, follow=True))
    assert len(mailoutbox) == 20


def test_an_owner_who_imports_many_is_neither_limited_nor_told_so(olivia, contract, mailoutbox):
    make_role(contract, name="Plain")
    assert LIMIT not in words(upload(olivia, strangers(25)))
    bring(olivia, strangers(25))
    assert len(mailoutbox) == 25
