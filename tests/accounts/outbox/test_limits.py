"""The limits against mailing strangers, when the mail server is away and when several senders work at once."""

import pytest

from accounts.models import MailKind, OutgoingMail, User
from accounts.origin import Origin
from accounts.outbox import sending
from accounts.outbox.sending import Sender
from accounts.reset import limits, services
from tests.factories import make_member, make_owner, make_role
from tests.sinks import free_port

pytestmark = pytest.mark.django_db(transaction=True)
ORIGIN = Origin("192.0.2.7", "test")
STRANGER = "stranger@example.org"


def send_all() -> None:
    sender = Sender()
    while sender.send_next():
        pass


def now(user: User) -> User:
    return User.objects.select_related("role", "contract").get(pk=user.pk)


def ask_for(number: int, address: str = STRANGER) -> None:
    """A sub-user enters this address for so many users."""
    contract = make_owner().contracts.get()
    sam = make_member(contract, "sam", role=make_role(contract, "users.set_email"), two_factor_required=False)
    role = make_role(contract)
    for n in range(number):
        user = make_member(contract, f"u{n}", role=role)
        services.request_email(actor=now(sam), target=now(user), email=address.format(n=n), origin=ORIGIN)


SPELLINGS = ["stranger@MÜLLER.example", "Stranger@müller.example", "stranger@xn--mller-kva.example"]


def test_other_spellings_of_an_address_have_no_slots_of_their_own():
    mails = [OutgoingMail(kind=MailKind.NEW_EMAIL, address=address, rank=3) for address in SPELLINGS * 2]
    OutgoingMail.objects.bulk_create(mails)
    assert [limits.exhausted(mail) for mail in mails] == [False] * 3 + [True] * 3


@pytest.mark.parametrize(("address", "most"), [(STRANGER, 3), ("stranger{n}@example.org", 20)])
def test_s18_mails_that_waited_for_the_server_are_limited_like_others(clock, server, use, address, most):
    use(free_port())  # nobody answers
    ask_for(25, address)
    send_all()
    assert set(OutgoingMail.objects.values_list("attempts", flat=True)) == {1}
    box = server()
    clock.shift(130)
    send_all()
    assert len(box.addresses()) == most
    assert OutgoingMail.objects.filter(failure="limit").count() == 25 - most


def test_a_mail_that_took_its_slots_is_tried_again_without_further_ones(clock, server, use):
    use(free_port())
    ask_for(3)
    for _attempt in range(2):
        send_all()
        clock.shift(130)
    box = server()
    clock.shift(500)
    send_all()
    assert box.addresses() == [STRANGER] * 3


def test_a_row_of_the_version_before_takes_its_slots_before_the_next_attempt(server):
    box = server()
    ask_for(5)
    OutgoingMail.objects.update(attempts=1, failure="connection", facts={})
    send_all()
    assert len(box.addresses()) == 3


def test_of_two_senders_only_the_one_that_has_the_mail_keeps_its_slots(clock):
    ask_for(1)
    first = sending.take(sending.due())
    clock.shift(sending.LEASE.total_seconds() + 1)
    second = sending.take(sending.due())
    assert first is not None
    assert second is not None
    assert limits.exhausted(first)
    assert not limits.exhausted(second)
    sending.give_up(first, sending.MailFailure.LIMIT)
    kept = OutgoingMail.objects.get(kind=MailKind.NEW_EMAIL)
    assert kept.finished_at is None
    assert kept.facts == {"counted": True, "slots_taken": True}
    ask_for_more = [OutgoingMail(kind=MailKind.NEW_EMAIL, address=STRANGER, rank=3) for _n in range(3)]
    OutgoingMail.objects.bulk_create(ask_for_more)
    assert [limits.exhausted(mail) for mail in ask_for_more] == [False, False, True]
