"""The audit log of the contract, as a page and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import BadRequest
from django.db import transaction
from django.db.models import Q
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_safe

from accounts.audit.record import record_event
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.lists import csvfile
from accounts.lists.paging import CURSOR, CURSOR_MAX_LENGTH, KeysetPage
from accounts.logs import lines, periods, queries, search
from accounts.logs.forms import PeriodForm
from accounts.logs.search import LogQuery
from accounts.models import AuditRow, Contract, Event, Outcome
from accounts.origin import Origin
from accounts.validators import query_value

OPEN = Access(Audience.CONTRACT, permission="logs.show")
ALL = ("", gettext_lazy("All"))


@dataclass(frozen=True)
class Question:
    """What an address asks of the log, with the form of its two days."""

    asked: LogQuery
    days: PeriodForm
    condition: Q | None
    """None: the days make no sense, and the form says why."""

    def period(self) -> dict[str, str]:
        """For the log: what was typed into search and filters is not repeated there."""
        days = self.days.cleaned_data if self.asked.custom else {}
        return {"period": self.asked.period} | {name: day.isoformat() for name, day in days.items() if day}


@open_to(OPEN)
@require_safe
def logs(request: PanelRequest) -> HttpResponse:
    contract = contract_of(request)
    question = question_of(request)
    cursor = query_value(request, CURSOR, max_length=CURSOR_MAX_LENGTH)
    page: KeysetPage[AuditRow] = KeysetPage([])
    if question.condition is not None:
        page = queries.page(contract, question.condition, cursor=cursor, query=request.GET)
    linked = queries.still_there(contract, page.rows) if "users.show" in request.permissions else frozenset()
    context = {
        "page": page,
        "lines": [lines.LogLine(row, linked) for row in page.rows],
        "export_query": without_cursor(request.GET).urlencode(),
        **offered(question, request.GET),
    }
    return render(request, "accounts/logs/logs.html", context)


def offered(question: Question, query: QueryDict) -> dict[str, Any]:
    """The periods as links, and the filters."""
    return {
        "asked": question.asked,
        "days": question.days,
        "periods": [
            (address_of(query, key), label, key == question.asked.period) for key, label in periods.LABELS.items()
        ],
        "action_choices": [ALL, *sorted(Event.choices, key=lambda choice: str(choice[1]))],
        "outcome_choices": [ALL, *Outcome.choices],
    }


@open_to(OPEN)
@require_GET
def export(request: PanelRequest) -> StreamingHttpResponse:
    contract = contract_of(request)
    question = question_of(request)
    if question.condition is None:
        raise BadRequest(_("These dates can't be read."))
    with transaction.atomic():
        record_event(
            Event.LOGS_EXPORTED,
            origin=Origin.from_request(request),
            actor=request.user,
            contract_id=contract.pk,
            detail=question.period(),
        )
    name = f"logs-{contract.number}-{timezone.now():%Y-%m-%d}.csv"
    return csvfile.download(pieces(contract, question.condition, translation.get_language()), name)


def pieces(contract: Contract, condition: Q, language: str | None) -> Iterator[str]:
    """The file, chunk by chunk. It is sent after the request's language was put away, so it carries its own."""
    with translation.override(language):
        text = lines.header()
    yield text
    for rows in queries.in_chunks(contract, condition):
        with translation.override(language):
            text = lines.as_csv(rows)
        yield text


def question_of(request: PanelRequest) -> Question:
    values = {name: query_value(request, name) for name in search.PARAMETERS}
    asked = search.read(values, days_given=any(name in request.GET for name in search.DAYS))
    if not asked.custom:
        return Question(asked, PeriodForm(), asked.rows(periods.last(asked.period, timezone.now())))
    days = PeriodForm(request.GET)
    if not days.is_valid():
        return Question(asked, days, None)
    return Question(asked, days, asked.rows(periods.days(days.cleaned_data["from"], days.cleaned_data["to"])))


def address_of(query: QueryDict, period: str) -> str:
    """The same question for another period."""
    changed = without_cursor(query)
    for name in search.DAYS:
        changed.pop(name, None)
    changed["period"] = period
    return f"?{changed.urlencode()}"


def without_cursor(query: QueryDict) -> QueryDict:
    changed = query.copy()
    changed.pop(CURSOR, None)
    return changed
