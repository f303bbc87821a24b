"""Where a form about users leads, and the form in the place of the row that it changes."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.gate import parts
from accounts.gate.change_view import ChangeView, Text
from accounts.gate.request import PanelRequest
from accounts.lists.paging import CURSOR
from accounts.models import User
from accounts.users import search

MORE = "more"
"""The id of **More Information** on the page."""


def way_back(request: PanelRequest, target: User | None = None) -> str:
    """To the user, else to the table, as it was filtered; to Overview for who may change users but not see them."""
    if "users.show" not in request.permissions:
        return reverse("overview")
    page = reverse("user", args=[target.pk]) if target else reverse("users")
    return page + query_of(request)


def query_of(request: HttpRequest) -> str:
    """What an address says of the list, to be kept from page to page: "?q=lena&sort=name", or nothing."""
    kept = QueryDict(mutable=True)
    for name in (*search.PARAMETERS, CURSOR):
        if value := request.GET.get(name):
            kept[name] = value
    return f"?{kept.urlencode()}" if kept else ""


class InRow(ChangeView):
    """A form that its pencil opens in the place of the row that it changes; asked for alone, a page of its own."""

    in_parts = True
    submit: Text = gettext_lazy("Save changes")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit=self.submit, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """What was sent from the row goes back there, wherever the answer to a good form would have gone."""
        match = self.request.resolver_match
        row = f"row-{match.url_name}" if match else ""
        if parts.asked(self.request) not in (row, MORE):
            return super().render_to_response(context, **kwargs)
        own = {"row": row, "pencil": f"pencil-{row}"}
        response = parts.render_part(self.request, "accounts/users/in_place.html", context | own)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#{row}", "outerHTML"
        return response
