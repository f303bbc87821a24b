"""The panel's signing keys: when they are replaced, by whom, and what stays valid."""

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from accounts.models import AuditRow, Event
from accounts.origin import SERVER
from cloudpanel.applications.openid import keys
from cloudpanel.applications.openid.models import SigningKey
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db


def kids() -> dict[str, str]:
    """The key in each place."""
    return dict(SigningKey.objects.filter(place__isnull=False).values_list("place", "kid"))


def rotations() -> int:
    return AuditRow.objects.filter(event=Event.SIGNING_KEYS_ROTATED).count()


def test_keys_that_nothing_opens_are_replaced_and_their_tokens_stay_valid(console, lena, settings):
    given = console.log_in(lena)["id_token"]
    keys.make_missing()
    lost = kids()
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode()]
    assert keys.unreadable() == 3
    again = console.log_in(lena)["id_token"]
    assert console.claims(given)["sub"] == console.claims(again)["sub"] == lena.user.subject
    assert keys.guards().kid == kids()[SigningKey.GUARD]
    assert keys.unreadable() == 0
    assert kids().keys() == lost.keys()
    assert not set(kids().values()) & set(lost.values())
    assert all(keys.public(lost[place]) for place in (SigningKey.CURRENT, SigningKey.NEXT))


def test_a_key_that_opens_stays_beside_one_that_does_not(settings):
    keys.make_missing()
    before = kids()
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode(), *settings.TWOFACTOR_KEYS]
    keys.reseal()
    SigningKey.objects.filter(place=SigningKey.GUARD).update(sealed="not of these keys")
    settings.TWOFACTOR_KEYS = settings.TWOFACTOR_KEYS[:1]
    assert keys.guards().kid not in before.values()
    assert {place for place, kid in kids().items() if before[place] == kid} == {SigningKey.CURRENT, SigningKey.NEXT}


def test_new_keys_of_the_panel_take_over_what_they_can_and_leave_the_rest(settings):
    keys.make_missing()
    stray = SigningKey.objects.get(place=SigningKey.GUARD)
    stray.sealed = Fernet(Fernet.generate_key()).encrypt(b"of another panel").decode()
    stray.save()
    settings.TWOFACTOR_KEYS = [Fernet.generate_key().decode(), *settings.TWOFACTOR_KEYS]
    call_command("twofactor", "rotate-keys")
    settings.TWOFACTOR_KEYS = settings.TWOFACTOR_KEYS[:1]
    assert keys.unreadable() == 1
    assert keys.current().kid == kids()[SigningKey.CURRENT]
    assert SigningKey.objects.get(pk=stray.pk).sealed == stray.sealed


def test_the_command_makes_the_next_key_the_current_one():
    keys.make_missing()
    before = kids()
    call_command("openid", "rotate-keys")
    assert kids()[SigningKey.CURRENT] == before[SigningKey.NEXT]
    assert kids()[SigningKey.GUARD] != before[SigningKey.GUARD]
    assert keys.published()[-1]["kid"] in (before[SigningKey.CURRENT], before[SigningKey.GUARD])
    assert rotations() == 1


def test_of_two_rotations_at_once_one_counts():
    keys.make_missing()
    before = kids()
    faster = meanwhile(lambda: keys.rotate(origin=SERVER), before=f'UPDATE "{SigningKey._meta.db_table}"')
    with faster, pytest.raises(CommandError):
        call_command("openid", "rotate-keys")
    assert kids()[SigningKey.CURRENT] == before[SigningKey.NEXT]
    assert rotations() == 1
