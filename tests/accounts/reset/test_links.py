"""Mailed links: signatures over the account as it was."""

import time

import pytest
import time_machine
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from accounts.reset import links
from tests.factories import make_member, make_owner

pytestmark = pytest.mark.django_db
HOUR = 3600


@pytest.fixture
def lena() -> User:
    return make_member(make_owner().contracts.get(), email="lena@example.com")


def parts(link: str) -> list[str]:
    return link.removeprefix("http://127.0.0.1:8000/").strip("/").split("/")[2:]


def read(link: str) -> User | None:
    found = links.read_password_link(*parts(link))
    return found.user if found else None


def read_email(link: str) -> User | None:
    found = links.read_email_link(*parts(link))
    return found.user if found else None


def test_a_link_names_its_account_and_starts_with_the_public_address(lena, settings):
    assert read(links.reset_link(lena)) == lena
    settings.PUBLIC_URL = "https://panel.example.com"
    assert links.reset_link(lena).startswith(f"https://panel.example.com/password/reset/{lena.pk}/")


@pytest.mark.parametrize(("make", "lifetime"), [(links.reset_link, HOUR), (links.invitation_link, 24 * HOUR)])
def test_a_link_dies_of_age(lena, make, lifetime):
    start = time.time()
    with time_machine.travel(start, tick=False) as clock:
        link = make(lena)
        clock.move_to(start + lifetime - 2)
        assert read(link) == lena
        clock.move_to(start + lifetime + 1)
        assert read(link) is None


@pytest.mark.parametrize(
    "change",
    [
        {"stamp": F("stamp") + 1},
        {"last_login": timezone.now()},
        {"is_active": False},
        {"email": "other@example.com"},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("make", [links.reset_link, links.invitation_link])
def test_a_link_dies_with_what_changes_the_account(lena, make, change):
    link = make(lena)
    User.objects.filter(pk=lena.pk).update(**change)
    assert read(link) is None


def test_a_new_hash_of_the_same_password_leaves_links_alone(lena):
    link = links.reset_link(lena)
    lena.set_password("correct-horse-battery-staple")
    lena.save(update_fields=["password"])
    assert read(link) == lena


def test_a_link_opens_no_other_account_and_serves_no_other_purpose(lena):
    other = make_member(lena.contract, "otto", email="otto@example.com", pending_email="new@example.com")
    uid, token = parts(links.reset_link(lena))
    assert links.read_password_link(str(other.pk), token) is None
    for letter in "ie":
        assert links.read_password_link(uid, letter + token[1:]) is None
        assert links.read_email_link(f"{uid}-{letter}{token[1:]}") is None
    [email_token] = parts(links.email_link(other))
    assert links.read_email_link(email_token).user == other
    assert links.read_password_link(*email_token.split("-", 1)) is None


def test_a_link_to_a_new_email_serves_only_the_address_it_was_mailed_to(lena):
    User.objects.filter(pk=lena.pk).update(pending_email="first@example.com")
    link = links.email_link(User.objects.get(pk=lena.pk))
    assert read_email(link) == lena
    User.objects.filter(pk=lena.pk).update(last_login=timezone.now())
    assert read_email(link) == lena  # one logs in while waiting for the mail
    User.objects.filter(pk=lena.pk).update(pending_email="second@example.com")
    assert read_email(link) is None
    User.objects.filter(pk=lena.pk).update(pending_email="first@example.com", stamp=5)
    assert read_email(link) is None


@pytest.mark.parametrize("uid", ["", "0", "-1", "1x", "９", "9" * 19, "9" * 30, "\0", "None", "1 "])
def test_rubbish_for_an_id_is_no_link(lena, uid):
    assert links.read_password_link(uid, parts(links.reset_link(lena))[1]) is None


def test_a_broken_token_is_no_link(lena):
    uid, token = parts(links.reset_link(lena))
    letter, issued, signature = token.split("-")
    broken = [token[:n] for n in range(len(token))]
    broken += [
        token + "0",
        token + token,
        f"{letter}-zzz-{signature}",
        f"{letter}--{signature}",
        f"x-{issued}-{signature}",
    ]
    broken += [token.upper(), token.replace("-", "–"), "\0" * 9, "-" * 100, f"{letter}-{issued}-é", "0" * 5000]
    assert not [text for text in broken if links.read_password_link(uid, text)]
    assert not [text for text in broken if links.read_email_link(f"{uid}-{text}")]
