"""Imports users from a CSV file: choose a file, look at the preview row by row, import.

Nothing is written before the preview was shown, and only what it showed is written.
"""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.http import require_safe

from accounts.gate import saved_input
from accounts.gate.access import Access, Audience, open_to
from accounts.gate.refusals import contract_of
from accounts.gate.request import PanelRequest
from accounts.lists import csvfile
from accounts.lists.csvfile import Table
from accounts.models import User
from accounts.origin import Origin
from accounts.outbox import rows
from accounts.outbox.rows import Mailed
from accounts.reset import limits
from accounts.users import exchange, subjects
from accounts.users.responses import way_back
from cloudpanel.users import imports, rehearsal
from cloudpanel.users.forms import FileForm
from cloudpanel.users.rehearsal import ChangeKind, PreviewRow

MANY = 100
"""From this number of rows on, the page shows that the import is running."""


@open_to(Access(Audience.CONTRACT, permission="users.create"))
@require_safe
def template(request: PanelRequest) -> HttpResponseBase:
    """Downloads a sample file: the columns and two rows."""
    return csvfile.download([csvfile.text_of([exchange.COLUMNS, *exchange.EXAMPLES])], "users-template.csv")


class ImportUsers(View):
    access = Access(Audience.CONTRACT, permission="users.create", fresh=True)
    saved_characters = 250_000
    """The form carries the preview, compressed; 1,000 rows take up to half of this."""

    def get(self, request: PanelRequest) -> HttpResponse:
        saved = saved_input.take(request)
        found = self.opened(request, saved.get("sealed")) if saved else None
        return self.show(request, *found[:2]) if found else self.ask(request, FileForm())

    def post(self, request: PanelRequest) -> HttpResponseBase:
        if "sealed" in request.POST:
            return self.go_on(request)
        form = FileForm(request.POST, request.FILES)
        return self.show(request, form.text, form.table) if form.is_valid() else self.ask(request, form)

    def go_on(self, request: PanelRequest) -> HttpResponseBase:
        """Handles the form of the preview: import, or download the refused rows."""
        found = self.opened(request, request.POST["sealed"])
        if found is None:
            messages.error(request, _("This preview has expired or isn't yours. Choose the file again."))
            return redirect("users_import")
        text, table, digest = found
        lines = self.rehearsed(request, table)
        if "refused" in request.POST:
            return refused_rows(table, lines)
        if request.POST.getlist("confirm") == ["yes"]:
            return self.confirmed(request, text, table, lines, digest)
        return self.show(request, text, table)

    def confirmed(
        self, request: PanelRequest, text: str, table: Table, lines: list[PreviewRow], digest: str
    ) -> HttpResponse:
        if not imports.is_as_shown(lines, digest):
            return self.show(request, text, table, moved=True)
        if not imports.may_apply(lines):
            return self.show(request, text, table)
        contract = contract_of(request)
        try:
            people = imports.apply(lines, actor=request.user, contract=contract, origin=Origin.from_request(request))
        except imports.Moved:
            return self.show(request, text, table, moved=True)
        say(request, lines, people)
        return redirect(way_back(request))

    def opened(self, request: PanelRequest, sealed: Any) -> tuple[str, Table, str] | None:
        if not isinstance(sealed, str):
            return None
        return imports.unseal(sealed, actor=request.user, contract=contract_of(request))

    def rehearsed(self, request: PanelRequest, table: Table) -> list[PreviewRow]:
        return rehearsal.rehearse(table, contract_of(request), subjects.viewer(request))

    def ask(self, request: PanelRequest, form: FileForm) -> HttpResponse:
        context = {
            "form": form,
            "columns": exchange.CHANGING,
            "told": exchange.PASSED_OVER,
            "cancel_url": way_back(request),
        }
        return render(request, "cloudpanel/users/import.html", context)

    def show(self, request: PanelRequest, text: str, table: Table, *, moved: bool = False) -> HttpResponse:
        lines = self.rehearsed(request, table)
        contract = contract_of(request)
        context = {
            "lines": sorted(lines, key=lambda line: line.kind is not ChangeKind.REFUSED),
            "found": {kind.value: number for kind, number in rehearsal.kinds(lines).items()},
            "may_apply": imports.may_apply(lines),
            "many": len(lines) > MANY,
            "moved": moved,
            "too_many": too_many_links(request, lines),
            "sealed": imports.seal(text, lines, actor=request.user, contract=contract),
        }
        return render(request, "cloudpanel/users/import_rehearsal.html", context)


def too_many_links(request: PanelRequest, lines: list[PreviewRow]) -> dict[str, int]:
    """How many links these rows mail and how many this person can still send, where the limit is exceeded."""
    links = sum(line.mails_link for line in lines)
    if request.is_owner or not links or not settings.MAIL_ENABLED:
        return {}
    left = limits.left(request.user)
    return {"links": links, "left": left, "hourly": limits.BY_ACCOUNT} if links > left else {}


def refused_rows(table: Table, lines: list[PreviewRow]) -> HttpResponseBase:
    """The refused rows as they were sent, with the reason in an additional column."""
    columns = [column for column in table.header if column != exchange.REASON]
    rows = [[*columns, exchange.REASON]]
    for line in lines:
        if line.kind is ChangeKind.REFUSED:
            rows.append([*(line.cells[column] for column in columns), " ".join(line.reasons)])
    return csvfile.download([csvfile.text_of(rows)], "refused-users.csv")


def say(request: PanelRequest, lines: list[PreviewRow], people: dict[User, Mailed]) -> None:
    found = rehearsal.kinds(lines)
    numbers = {"created": found[ChangeKind.CREATED], "changed": found[ChangeKind.CHANGED]}
    messages.success(request, _("Import complete: %(created)d created, %(changed)d changed.") % numbers)
    if unmailed := [person.username for person in rows.unmailed(people)]:
        said = _("Invitations, links or notices could not be mailed to: %(names)s.")
        messages.warning(request, said % {"names": ", ".join(unmailed)})
