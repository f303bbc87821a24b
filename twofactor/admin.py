"""Accounts in Django admin, with the one setting of their second factor that an admin decides: whether it is required.

It can be changed for account owners only. Owners decide for their sub-users, and for admins it is always required.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.admin.accounts import AccountAdmin
from accounts.admin.base import Writer
from accounts.admin.forms import AccountForm
from accounts.models import User
from twofactor.requirement import services


class FactorForm(AccountForm):
    class Meta(AccountForm.Meta):
        fields = (*AccountForm.Meta.fields, "two_factor_required")
        help_texts = AccountForm.Meta.help_texts | {
            "two_factor_required": _(
                "If you clear this, the authenticator app, security keys and recovery codes are removed at once."
            ),
        }

    def clean_two_factor_required(self) -> bool:
        required = bool(self.cleaned_data["two_factor_required"])
        if not required and "two_factor_required" in self.changed_data and self.is_admin():
            raise ValidationError(_("Two-factor authentication is always required for admins."))
        return required

    def is_admin(self) -> bool:
        """The value once this form has been saved."""
        asked = self.cleaned_data.get("is_superuser", False)
        return bool(asked if "is_superuser" in self.changed_data else self.instance.is_staff)


class UserAdmin(AccountAdmin):
    form = FactorForm
    writers: ClassVar[Mapping[str, Writer]] = {
        "two_factor_required": lambda value, **who: services.set_required(required=value, **who)
    } | dict(AccountAdmin.writers)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        if obj is None or obj.contract_id or obj.pk == request.user.pk:
            return fixed
        return tuple(field for field in fixed if field != "two_factor_required")
