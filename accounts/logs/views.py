"""The audit log of the contract, as a page and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, tzinfo

from django.core.exceptions import BadRequest, ValidationError
from django.db.models import Q
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_safe

from accounts import moments
from accounts.audit.exports import note_export
from accounts.gate import parts
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.lists import csvfile
from accounts.lists.addresses import address
from accounts.lists.counting import Number
from accounts.lists.filters import Filter, chips, without
from accounts.lists.listing import Listing
from accounts.lists.paging import CURSOR, KeysetPage
from accounts.lists.responses import answer, cursor_of
from accounts.logs import groups, lines, periods, queries, search
from accounts.logs.forms import PeriodForm
from accounts.logs.periods import Span
from accounts.logs.search import LogQuery
from accounts.models import AuditRow, Contract, Event, Outcome
from accounts.origin import Origin
from accounts.validators import query_value

OPEN = Access(Audience.CONTRACT, permission="logs.show")
ALL = ("", gettext_lazy("All"))


@dataclass(frozen=True)
class LogQuestion:
    """What a URL asks of the log, with the form for its two days."""

    asked: LogQuery
    days: PeriodForm
    condition: Q | None = None
    """None if the days are invalid; the form says why."""
    within: Q = field(default_factory=Q)
    """The period only."""

    def period(self) -> dict[str, str]:
        """For the log itself, which doesn't repeat what was typed into search and filters."""
        days = self.days.cleaned_data if self.asked.custom else {}
        return {"period": self.asked.period} | {name: day.isoformat() for name, day in days.items() if day}


@parts.in_parts
@open_to(OPEN)
@require_safe
def logs(request: PanelRequest) -> HttpResponse:
    contract = contract_of(request)
    question = question_of(request)
    page: KeysetPage[AuditRow] = KeysetPage([])
    if question.condition is not None:
        page = queries.page(contract, question.condition, cursor=cursor_of(request), query=request.GET)
    linked = queries.still_there(contract, page.rows) if "users.show" in request.permissions else frozenset()
    context = {
        "listing": listing_of(contract, question, page, request.GET),
        "lines": [lines.LogLine(row, linked) for row in page.rows],
        "period": question.asked.period,
        "days": question.days,
        "periods": [(key, address_of(request.GET, key), label) for key, label in periods.LABELS.items()],
        "export_query": without(request.GET),
    }
    return answer(request, page="accounts/logs/logs.html", part="accounts/logs/list.html", context=context)


def listing_of(
    contract: Contract, question: LogQuestion, page: KeysetPage[AuditRow], query: QueryDict
) -> Listing[AuditRow]:
    """Counts within the period. Rows that fit on one page are not counted again."""
    asked, filters = question.asked, filters_of(question.asked)
    whole = not (page.previous_url or page.next_url or asked.narrowed)
    found = {"matching": Number(len(page.rows)), "total": Number(len(page.rows))}
    if question.condition is not None and not whole:
        found = queries.numbers(contract, matching=question.condition, total=question.within)
    return Listing(
        url=reverse("logs"),
        page=page,
        matching=found["matching"],
        total=found["total"],
        q=asked.q,
        narrowed=asked.narrowed,
        filters=filters,
        chips=chips(filters, asked.q, query),
        by_time=True,
    )


def filters_of(asked: LogQuery) -> list[Filter]:
    return [
        Filter("user", _("User"), (), asked.user),
        Filter("action", _("Action"), (ALL,), asked.action, groups=groups.choices()),
        Filter("outcome", _("Outcome"), (ALL, *Outcome.choices), asked.outcome),
    ]


@open_to(OPEN)
@require_GET
def export(request: PanelRequest) -> StreamingHttpResponse:
    contract = contract_of(request)
    question = question_of(request)
    if question.condition is None:
        raise BadRequest(_("These dates can't be read."))
    zone = zone_of(request)
    origin, period = Origin.from_request(request), question.period()
    note_export(Event.LOGS_EXPORTED, actor=request.user, contract=contract, origin=origin, detail=period)
    name = f"logs-{contract.number}-{timezone.now():%Y-%m-%d}.csv"
    return csvfile.download(pieces(contract, question.condition, translation.get_language(), zone), name)


def zone_of(request: PanelRequest) -> tzinfo:
    """The time zone of the file: that of the browser if requested, else UTC."""
    try:
        return moments.zone_named(query_value(request, "zone"))
    except ValidationError as fault:
        raise BadRequest(fault.message) from fault


def pieces(contract: Contract, condition: Q, language: str | None, zone: tzinfo = UTC) -> Iterator[str]:
    """The file, in chunks. It is sent after the request's language was deactivated, so it activates its own."""
    with translation.override(language):
        text = lines.header()
    yield text
    for rows in queries.in_chunks(contract, condition):
        with translation.override(language):
            text = lines.as_csv(rows, zone)
        yield text


def question_of(request: PanelRequest) -> LogQuestion:
    values = {name: query_value(request, name) for name in search.PARAMETERS}
    asked = search.read(values, days_given=any(name in request.GET for name in search.DAYS))
    if not asked.custom:
        return _question(asked, PeriodForm(), periods.last(asked.period, timezone.now()))
    days = PeriodForm(request.GET)
    if not days.is_valid():
        return LogQuestion(asked, days)
    return _question(asked, days, periods.days(days.cleaned_data["from"], days.cleaned_data["to"]))


def _question(asked: LogQuery, days: PeriodForm, span: Span) -> LogQuestion:
    return LogQuestion(asked, days, asked.rows(span), LogQuery().rows(span))


def address_of(query: QueryDict, period: str) -> str:
    """The same question for another period."""
    return address(query, {**dict.fromkeys((*search.DAYS, CURSOR), ""), "period": period})
