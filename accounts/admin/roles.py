"""Roles in Django admin. An admin can correct an owner's role through the same services.

The role Administrator can't be changed. New roles are created in the panel, by the people who use them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.base import PanelAdmin, Writer
from accounts.admin.shown import HiddenList, RememberingForm
from accounts.forms import TextField, VisibleLineField
from accounts.models import Role, User
from accounts.origin import Origin
from accounts.permissions import CATALOGUE
from accounts.roles import services


def permission_choices() -> list[tuple[Any, list[tuple[str, Any]]]]:
    return [(section.label, [(p.key, p.label) for p in section.permissions]) for section in CATALOGUE]


class PermissionsField(forms.MultipleChoiceField):
    hidden_widget = HiddenList


class RoleAdminForm(RememberingForm):
    permissions = PermissionsField(
        label=_("Permissions"), choices=permission_choices, required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Role
        fields = ("name", "description", "enabled", "permissions")
        field_classes = {"name": VisibleLineField, "description": TextField}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def clean_name(self) -> str:
        """The contract is not a field of this form, so Django does not check its constraint."""
        name: str = self.cleaned_data["name"]
        try:
            services.check_free(self.instance.contract_id, name, but=self.instance)
        except services.NameTaken as taken:
            raise ValidationError(_("A role with this name already exists.")) from taken
        return name


class RoleAdmin(PanelAdmin):
    form = RoleAdminForm
    list_display = ("name", "contract", "enabled", "built_in", "created_at")
    list_filter = ("enabled", "built_in")
    list_select_related = ("contract",)
    search_fields = ("name_key", "contract__name", "contract__number")
    ordering = ("contract_id", "id")
    fields = ("name", "contract", "description", "enabled", "permissions", "built_in", "created_at")
    readonly_fields = ("contract", "built_in", "created_at")
    writers: ClassVar[Mapping[str, Writer]] = {
        "name": lambda value, **who: services.set_name(name=value, **who),
        "description": lambda value, **who: services.set_description(description=value, **who),
        "enabled": lambda value, **who: services.set_state(enabled=value, **who),
        "permissions": lambda value, **who: services.set_permissions(permissions=frozenset(value), **who),
    }

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return not (obj and obj.built_in) and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Role | None = None) -> bool:
        return not (obj and obj.built_in) and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What prevents the deletion: users with this role."""
        users = User.objects.filter(role__in=[obj.pk for obj in objs])
        held = [gettext("User %(name)s") % {"name": user.username} for user in users]
        return [str(obj) for obj in objs], {}, set(), held

    def save_model(self, request: Any, obj: Model, form: Any, change: bool) -> None:
        self.apply(request, form, Role.objects.filter(pk=obj.pk), "role")

    def delete_model(self, request: Any, obj: Role) -> None:
        services.delete_role(actor=request.user, role=obj, origin=Origin.from_request(request))
