"""Where a form about users redirects, and how it replaces the row that it changes."""

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy

from accounts.gate import parts
from accounts.gate.change_view import ChangeView, Sentences
from accounts.gate.request import PanelRequest
from accounts.lists.paging import CURSOR
from accounts.models import User
from accounts.texts import Text
from accounts.users import search
from accounts.users.authority import RightGone

MORE = "more"
"""The id of **More Information** on the page."""
RIGHT_GONE: Sentences = {RightGone: gettext_lazy("Nothing was changed: your permissions have just changed.")}


def way_back(request: PanelRequest, target: User | None = None) -> str:
    """To the user, or to the list with its filters; to Overview for people who can change users but not view them."""
    if "users.show" not in request.permissions:
        return reverse("overview")
    page = reverse("user", args=[target.pk]) if target else reverse("users")
    return page + query_of(request)


def query_of(request: HttpRequest) -> str:
    """The parameters of the list, kept from page to page: "?q=lena&sort=name", or nothing."""
    kept = QueryDict(mutable=True)
    for name in (*search.PARAMETERS, CURSOR):
        if value := request.GET.get(name):
            kept[name] = value
    return f"?{kept.urlencode()}" if kept else ""


class InRow(ChangeView):
    """A form that opens in place of the row that it changes. Opened by itself, it is a page of its own."""

    in_parts = True
    submit: Text = gettext_lazy("Save changes")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(submit=self.submit, **kwargs)

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """A form sent from the row redirects to the row, whatever its normal redirect is."""
        match = self.request.resolver_match
        row = f"row-{match.url_name}" if match else ""
        if parts.asked(self.request) not in (row, MORE):
            return super().render_to_response(context, **kwargs)
        own = {"row": row, "pencil": f"pencil-{row}"}
        response = parts.render_part(self.request, "accounts/users/in_place.html", context | own)
        response.headers["HX-Retarget"], response.headers["HX-Reswap"] = f"#{row}", "outerHTML"
        return response
