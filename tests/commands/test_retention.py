"""`retention` removes old rows of the log, tells so in the log, and leaves no other way open."""

from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.management.commands import retention
from accounts.models import AuditRow, Event, Outcome
from tests.factories import make_owner
from tests.people import Person, words
from tests.printed import printed_by

pytestmark = pytest.mark.django_db
_run = partial(printed_by, "retention")


def _row(days: float) -> AuditRow:
    return AuditRow.objects.create(
        event=Event.SIGN_IN, outcome=Outcome.OK, contract_id=7, at=timezone.now() - timedelta(days=days)
    )


def _kept() -> set[int]:
    return set(AuditRow.objects.exclude(event=Event.LOGS_TRIMMED).values_list("pk", flat=True))


def test_a_year_and_a_day_are_kept() -> None:
    _row(367), _row(366.01)
    kept = {_row(365.99).pk, _row(0).pk}
    assert "Removed 2 log rows" in _run()
    assert _kept() == kept


def test_the_log_says_how_many_and_from_when() -> None:
    _row(40), _row(31), _row(1)
    before = timezone.now()
    _run("--days", "30")
    row = AuditRow.objects.get(event=Event.LOGS_TRIMMED)
    assert (row.outcome, row.actor_id, row.user_agent, row.detail["count"]) == (Outcome.OK, None, "manage.py", 2)
    assert row.detail["before"][:10] == (before - timedelta(days=30)).isoformat()[:10]


def test_a_run_that_removes_nothing_is_in_the_log_too() -> None:
    kept = _row(1).pk
    _run()
    assert AuditRow.objects.get(event=Event.LOGS_TRIMMED).detail["count"] == 0
    assert _kept() == {kept}


def test_batches_remove_all_of_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    kept = {_row(1).pk}
    for _ in range(8):
        _row(500)
    assert "Removed 8" in _run()
    assert _kept() == kept
    assert AuditRow.objects.filter(event=Event.LOGS_TRIMMED).count() == 1


def test_a_run_that_breaks_off_has_told_of_what_it_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    _row(500), _row(500)
    remove, calls = retention._remove_batch, iter([True, False])

    def once(*arguments: object) -> None:
        if not next(calls):
            raise ConnectionError
        remove(*arguments)

    monkeypatch.setattr(retention, "_remove_batch", once)
    with pytest.raises(ConnectionError):
        _run()
    assert len(_kept()) == 1
    assert AuditRow.objects.filter(event=Event.LOGS_TRIMMED).count() == 1


def test_its_own_row_stays_even_with_no_days_at_all() -> None:
    _row(1)
    _run("--days", "0")
    assert AuditRow.objects.get().event == Event.LOGS_TRIMMED


def test_the_door_is_shut_behind_it() -> None:
    _row(500)
    _run()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        AuditRow.objects.all().delete()


@pytest.mark.parametrize("days", ["-1", "x", "1.5", "", "36501", "9" * 50, "３６６"])
def test_days_are_a_whole_number(days: str) -> None:
    kept = _row(500).pk
    with pytest.raises(CommandError):
        _run(f"--days={days}")
    assert _kept() == {kept}


def test_f42_each_contract_that_lost_rows_says_so_in_its_own_log(owner, contract) -> None:
    beta, untouched = make_owner("beta", contract="Beta"), make_owner("gamma", contract="Gamma")
    long_ago = {"at": timezone.now() - timedelta(days=400), "event": Event.SIGN_IN, "outcome": Outcome.OK}
    for _ in range(3):
        AuditRow.objects.create(contract_id=contract.pk, **long_ago)
    AuditRow.objects.create(actor_id=owner.pk, target_id=owner.pk, **long_ago)  # a login belongs to no contract
    AuditRow.objects.create(target_id=beta.pk, **long_ago)
    AuditRow.objects.create(**long_ago)
    assert "Removed 6 log rows" in _run()
    rows = AuditRow.objects.filter(event=Event.LOGS_TRIMMED)
    found = {row.contract_id: row.detail["count"] for row in rows}
    assert found == {None: 6, contract.pk: 4, beta.contracts.get().pk: 1}
    person = Person(owner)
    person.log_in()
    assert "Count: 4" in words(person.get("/management/logs/"))
    other = Person(untouched)
    other.log_in()
    assert "Number:" not in words(other.get("/management/logs/"))
