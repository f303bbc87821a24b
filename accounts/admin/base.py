"""The base of all pages in Django admin.

There are no bulk actions, and every change goes through the services. If a service refuses, its reason is shown as a
message and everything that the form has written so far is rolled back.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, ProtectedError, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import search, shown
from accounts.origin import Origin
from accounts.outbox.rows import Mailed
from accounts.roles import services as role_services
from accounts.users import services
from accounts.users.authority import RightGone
from accounts.users.responses import RIGHT_GONE

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
else:
    ModelAdmin = admin.ModelAdmin

MEANWHILE = gettext_lazy("Nothing was saved: somebody else changed it in the meantime.")
FILTER_LOOKUPS = ("", "exact", "isnull")
Writer = Callable[..., Mailed | bool | None]


class AdminError(Exception):
    """An error message for the admin."""


REFUSALS = (
    AdminError,
    ValidationError,
    ProtectedError,
    services.UsernameTaken,
    services.RoleGone,
    role_services.NameTaken,
    role_services.RoleMoved,
    role_services.RoleInUse,
    RightGone,
)


class PanelAdmin(ModelAdmin):
    """No search by columns that are not shown, and no bulk actions. `writers`: which service changes which field."""

    writers: ClassVar[Mapping[str, Writer]] = {}
    actions = None
    show_full_result_count = False
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Allows only lookups that the filters send. Otherwise `?password__startswith=` would reveal hashes bit by bit,
        and `?event__regex=(` be an error of the database."""
        field, _, how = lookup.partition("__")
        return field in self.list_filter and how in FILTER_LOOKUPS

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Searches as the panel's own pages do. The second value says that no row is found twice."""
        return queryset.filter(search.matching(self.model, self.search_fields, search_term)), False

    def apply(self, request: Any, form: Any, rows: QuerySet[Any], called: str) -> None:
        """Changes field by field, each on the row as it is by then. If one has no effect, or has another value than the
        form showed, all are rolled back."""
        for field in self._changed(form, rows.first()):
            row = rows.first()
            who = {called: row, "actor": request.user, "origin": Origin.from_request(request)}
            if row is None or not self.writers[field](form.cleaned_data[field], **who):
                raise AdminError(MEANWHILE)

    def _changed(self, form: Any, row: Model | None) -> list[str]:
        if row is None:
            raise AdminError(MEANWHILE)
        sent = [field for field in self.writers if field in form.changed_data]
        changed = [field for field in sent if not shown.is_stored(form, field, row)]
        if any(shown.was_changed(form, field, row) for field in changed):
            raise AdminError(MEANWHILE)
        return changed

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._or_sentence(request, super().changeform_view, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._or_sentence(request, super().delete_view, *args, **kwargs)

    def _or_sentence(self, request: HttpRequest, view: Callable[..., Any], *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = view(request, *args, **kwargs)
        except REFUSALS as why:
            self.message_user(request, sentence_of(why), messages.ERROR)
            return redirect(request.get_full_path())
        return response


def sentence_of(why: Exception) -> str:
    match why:
        case ValidationError():
            return " ".join(why.messages)
        case ProtectedError():
            return _("Nothing was deleted: other entries still depend on it.")
        case services.UsernameTaken():
            return _("Nothing was saved: this username is taken.")
        case services.RoleGone():
            return _("Nothing was saved: this role was deleted in the meantime.")
        case role_services.NameTaken():
            return _("A role with this name already exists.")
        case role_services.RoleMoved():
            return _("Nothing was saved: somebody else changed the role in the meantime.")
        case role_services.RoleInUse():
            return _("Nothing was deleted: the role is still in use.")
        case RightGone():
            return str(RIGHT_GONE[RightGone])
    return str(why)


class ReadOnlyAdmin(PanelAdmin):
    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
