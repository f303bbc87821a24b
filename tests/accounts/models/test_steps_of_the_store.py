"""What the store of sessions does at each of its steps, and by how many queries; without a request around it."""

import logging
from datetime import timedelta

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core import signing

from accounts.models import Session
from accounts.models.session import SID_LENGTH
from accounts.models.session_store import SessionStore, new_sid, row_key
from tests.factories import make_member
from tests.moments import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def stored() -> SessionStore:
    store = SessionStore()
    store["a"] = 1
    store.save()
    return store


def again(store: SessionStore) -> SessionStore:
    """As the next request reads it."""
    found = SessionStore(store.session_key)
    found.get("a")
    return found


def row_of(store: SessionStore) -> Session:
    return Session.objects.get(session_key=row_key(store.session_key))


def test_a_new_session_is_one_insert_and_nobodys(django_assert_num_queries):
    store = SessionStore()
    with django_assert_num_queries(1):
        store.create()
    row = row_of(store)
    assert (row.user, row.signed_in, row.methods, row.proved_at) == (None, False, "", None)
    assert len(row.sid) == len(new_sid()) == SID_LENGTH


def test_it_is_read_with_its_contract_by_one_query_and_keeps_it(stored, contract, django_assert_num_queries):
    stored.contract_id = contract.pk
    stored.save()
    with django_assert_num_queries(1):
        found = again(stored)
        assert found.row.contract == contract
    found["a"] = 2
    found.save()
    assert row_of(stored).contract == contract


def test_one_that_has_ended_has_no_id_any_more(stored, clock):
    clock.shift(timedelta(days=1))
    found = again(stored)
    assert (found.session_key, found.row, dict(found.items())) == (None, None, {})


def test_only_what_has_changed_is_written(stored, django_assert_num_queries):
    with django_assert_num_queries(0):
        stored.save()
    stored["a"] = 2
    stored.save()
    assert again(stored)["a"] == 2


def test_a_session_keeps_its_name_and_a_login_or_an_end_gives_it_another(stored, contract):
    names = [row_of(stored).sid]
    found = again(stored)
    found["a"] = 2
    found.save()
    assert row_of(found).sid == names[0]
    found[SESSION_KEY] = str(make_member(contract).pk)
    found.cycle_key()
    found.save()
    names.append(row_of(found).sid)
    found["a"] = 3
    found.save()
    assert row_of(found).sid == names[1], "of one request"
    found.flush()
    found.save()
    names.append(row_of(found).sid)
    assert len({*names}) == 3
    assert {len(name) for name in names} == {SID_LENGTH}


def test_the_second_reading_of_the_same_text_verifies_nothing(stored, monkeypatch):
    content, verified, loads = {"b": new_sid()}, [], signing.loads
    text = stored.encode(content)

    def counted(*args, **options):
        verified.append(args)
        return loads(*args, **options)

    monkeypatch.setattr(signing, "loads", counted)
    assert [SessionStore().decode(text) for _ in range(3)] == [content] * 3
    assert verified == [(text,)]


def test_what_somebody_else_wrote_stands_in_the_log(stored, caplog):
    with caplog.at_level(logging.WARNING, logger="django.security.SuspiciousSession"):
        assert SessionStore().decode(f"{stored.encode({'b': 7})}x") == {}
    assert "Session data corrupted" in caplog.text


def test_under_a_new_id_it_goes_on_and_the_old_one_is_gone(stored):
    found, old = again(stored), stored.session_key
    found.cycle_key()
    assert found.modified
    found.save()
    assert found.session_key != old
    assert again(found)["a"] == 1
    assert again(stored).session_key is None


def test_one_that_was_ended_gets_no_new_id_and_is_never_written_again(stored):
    found = again(stored)
    assert not found.is_gone()
    Session.objects.all().delete()
    assert found.is_gone()
    with pytest.raises(SessionInterrupted, match=r"^The session was ended while this request ran\.$"):
        found.cycle_key()
    with pytest.raises(UpdateError):
        found.save()
    assert not Session.objects.exists()


@pytest.mark.parametrize("change", [{"user": None}, {"signed_in": True}], ids=["ended", "completed"])
def test_a_pending_login_that_changed_meanwhile_is_not_written_over(stored, contract, change):
    Session.objects.update(user=make_member(contract))
    found = again(stored)
    Session.objects.update(**change)
    found["a"] = 2
    with pytest.raises(UpdateError):
        found.save()
    assert again(stored)["a"] == 1


def test_a_new_session_is_not_gone():
    assert not SessionStore().is_gone()


def test_a_note_takes_the_place_of_the_old_id(stored, clock, django_assert_num_queries):
    found, beside = again(stored), SessionStore()
    beside.create()
    found.leave_note({"note": "x"}, seconds=300)
    found.delete(beside.session_key)
    assert again(beside).session_key is None, "it is not the one that the note replaces"
    with django_assert_num_queries(0):
        found.cycle_key()
    found.save()
    note = row_of(stored)
    assert (note.signed_in, note.expire_date) == (False, NOW + timedelta(seconds=300))
    assert dict(again(stored).items()) == {"note": "x"}
    assert dict(again(found).items()) == {"a": 1}
    clock.shift(300)
    assert dict(again(stored).items()) == {}


def test_a_flush_says_whether_it_ended_a_session(stored, contract):
    fresh = SessionStore()
    fresh.flush()
    assert fresh.ended is False
    stored.contract_id = contract.pk
    stored.save()
    found = again(stored)
    for _ in range(2):
        found.flush()
        assert (found.ended, found.interrupted, found.row, found.contract_id) == (True, False, None, None)
    assert not Session.objects.exists()
