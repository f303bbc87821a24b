"""Email addresses: only such as reach the mailbox that they seem to name, in a header of one line."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from accounts import addresses
from accounts.addresses import check_address
from accounts.models import MailFailure, OutgoingMail, User
from accounts.outbox.email import Email, message
from tests.factories import PASSWORD
from tests.people import words

REFUSED = [
    "lena@faß.de",  # Python's codec, and so Django, makes fass.de of it, which is somebody else's
    "lena@βόλος.gr",
    "lena@ｅxample.com",
    "lena@exa\u00admple.com",
    "lena@\u200bexample.com",
    "lena@example\u2028.com",
    "lena@ﬀ.com",
    f"lena@{'ä' * 60}.com",
    '"le\x0cna"@example.com',
    '"le\x01na"@example.com',
    '"le\\\x0bna"@example.com',
    '"le\x7fna"@example.com',
]
ACCEPTED = [
    "lena@example.com",
    "LENA@Example.COM",
    "lena@müller.de",
    "lena@Müller.DE",
    "lena@xn--fa-hia.de",
    "lena@пример.рф",
    "lena+news@example.com",
    '"lena,lang"@example.com',
    '"lena@home"@example.com',
    "lena@[127.0.0.1]",
    "lena@localhost",
]


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_that_would_lead_elsewhere_is_refused(address):
    with pytest.raises(ValidationError) as refusal:
        check_address(address)
    assert len(refusal.value.messages) == 1


@pytest.mark.parametrize("address", ACCEPTED)
def test_others_are_accepted(address):
    check_address(address)


@pytest.mark.parametrize(
    ("address", "code", "said"),
    [
        ("lena@faß.de", "domain", "Write this domain in its ASCII form, which begins with xn--."),
        ('"le\x01na"@example.com', "invalid", "Enter a valid email address."),
    ],
)
def test_the_refusal_says_what_to_write_instead(address, code, said):
    with pytest.raises(ValidationError) as refusal:
        check_address(address)
    assert (refusal.value.code, refusal.value.messages) == (code, [said])


def test_the_domain_of_a_quoted_name_stands_behind_its_last_sign():
    assert addresses.mailbox('"lena@faß.de"@Example.com') == '"lena@faß.de"@example.com'


@pytest.mark.parametrize("address", ACCEPTED)
def test_a_header_has_the_mailbox_on_one_line(address):
    header = message(Email(address, "Hello", "notice", {"name": "", "paragraphs": []})).message()["To"]
    assert "\n" not in str(header)
    assert str(header).lower() == addresses.mailbox(address)


@pytest.mark.parametrize("address", ["lena@faß.de", '"le\x0cna"@example.com'])
@pytest.mark.django_db
def test_no_form_takes_it(olivia, address):
    page = olivia.post("/profile/email/", {"email": address})
    assert page.status_code == 200
    assert words(page).count("xn--") + words(page).count("Enter a valid email address.") == 1
    assert not OutgoingMail.objects.exists()


@pytest.mark.parametrize("address", ["lena@faß.de", '"le\x0cna"@example.com'])
@pytest.mark.django_db(transaction=True)
def test_one_that_an_older_version_stored_is_mailed_nothing(olivia, sends, mailoutbox, address):
    User.objects.filter(username="owner").update(email=address)
    olivia.post("/password/forgot/", {"username_or_email": "owner"})
    assert mailoutbox == []
    assert OutgoingMail.objects.get().failure == MailFailure.RECIPIENT


def test_all_spellings_of_a_mailbox_are_one():
    spellings = {"lena@müller.de", "Lena@MÜLLER.de", "lena@xn--mller-kva.de"}
    assert {addresses.mailbox(spelling) for spelling in spellings} == {"lena@xn--mller-kva.de"}


@pytest.mark.parametrize(
    "command", [("createowner", "olga", "--contract", "Beta"), ("createsuperuser", "--username", "rolf")]
)
@pytest.mark.django_db
def test_no_command_takes_one_that_would_lead_elsewhere(monkeypatch, command):
    monkeypatch.setenv("CLOUDPANEL_PASSWORD", PASSWORD)
    with pytest.raises(CommandError, match=r"email: .*xn--"):
        call_command(*command, "--email", "lena@faß.de", "--noinput")
    assert not User.objects.exists()
