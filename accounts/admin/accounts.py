"""Accounts, contracts, roles and logs in Django admin, registered by `cloudpanel.admin_site`.

Every write goes through the panel's services, so it is logged and ends the sessions and links that it should. Fields
without a service are read-only. Secrets, codes, sessions, counts of attempts and passwords are not shown.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.admin import services as admin_services
from accounts.admin.base import AdminError, PanelAdmin, ReadOnlyAdmin, Writer
from accounts.admin.forms import PASSWORDS, AccountForm, ContractForm, NewContractForm, NewOwnerForm, OwnAccountForm
from accounts.admin.roles import RoleAdmin
from accounts.contracts import services as contract_services
from accounts.logs import sentences
from accounts.models import AuditRow, Contract, Role, User
from accounts.origin import Origin
from accounts.throttling import locks
from accounts.users import services

Fieldsets = Sequence[tuple[Any, dict[str, Any]]]


class AccountAdmin(PanelAdmin):
    """All accounts: admins, owners and sub-users. Changes are made in the order of `writers`."""

    form = AccountForm
    list_display = (
        "username",
        "name",
        "email",
        "contract",
        "role",
        "is_active",
        "is_staff",
        "two_factor_required",
        "two_factor_active_since",
        "last_login",
    )
    list_filter = ("is_active", "is_staff", "two_factor_required")
    list_select_related = ("contract", "role")
    search_fields = ("username", "name_key", "email")
    ordering = ("username_key",)
    new_fieldsets: ClassVar[Fieldsets] = (
        (None, {"fields": ("username", "name", "email", "contract_name", *PASSWORDS, "two_factor_required")}),
    )
    facts = (
        "username",
        "email",
        "contract",
        "is_staff",
        "two_factor_required_from",
        "two_factor_active_since",
        "password_revoked_at",
        "last_login",
        "created_at",
    )
    writers: ClassVar[Mapping[str, Writer]] = {
        "name": lambda value, **who: services.set_name(name=value, **who),
        "description": lambda value, **who: services.set_description(description=value, **who),
        "is_active": lambda value, **who: services.set_state(active=value, **who),
        "new_password1": lambda value, **who: services.set_password(password=value, must_change_password=True, **who),
        "unlock": lambda value, **who: services.unlock(**who),
        "is_superuser": lambda value, **who: admin_services.set_admin(admin=value, **who),
        "role": lambda value, **who: services.set_role(role=value, **who),
    }

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = NewOwnerForm
        elif obj.pk == request.user.pk:
            kwargs["form"] = OwnAccountForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return self.new_fieldsets
        passwords = () if obj.pk == request.user.pk or not self.has_change_permission(request, obj) else PASSWORDS
        belongs = ("contract", "role") if obj.contract_id else ()
        unlock = ("unlock",) if passwords and locks.counted(obj.pk).filter(failures__gt=0).exists() else ()
        planned = ("two_factor_required_from",) if obj.two_factor_planned else ()
        state = ("is_active", "is_superuser", "two_factor_required", *planned, "two_factor_active_since")
        return (
            (None, {"fields": ("username", "name", "email", "description", *belongs, *passwords)}),
            (gettext_lazy("State"), {"fields": (*state, *unlock, "password_revoked_at", "last_login", "created_at")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ()
        fixed: tuple[str, ...] = (*self.facts, "two_factor_required")
        if obj.pk == request.user.pk:
            fixed += ("is_active", "is_superuser", "role")
        elif obj.contract_id:
            fixed += ("is_superuser",)
        return fixed

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        own = obj is not None and obj.pk == request.user.pk
        return not own and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Only what prevents the deletion. Django would list everything that is deleted, including session keys."""
        held = Contract.objects.filter(owner__in=[obj.pk for obj in objs])
        return [str(obj) for obj in objs], {}, set(), [_("Contract %(name)s") % {"name": row.name} for row in held]

    def save_model(self, request: Any, obj: Model, form: Any, change: bool) -> None:
        if change:
            self.apply(request, form, User.objects.select_related("contract", "role").filter(pk=obj.pk), "target")
        else:
            self._create(request, obj, form.cleaned_data)

    def _create(self, request: Any, obj: Model, data: dict[str, Any]) -> None:
        owner = contract_services.create_owner(
            username=data["username"],
            name=data["name"],
            contract_name=data["contract_name"],
            email=data["email"],
            password=data["new_password1"],
            two_factor_required=data["two_factor_required"],
            origin=Origin.from_request(request),
            actor=request.user,
        )
        obj.pk = owner.pk

    def delete_model(self, request: Any, obj: User) -> None:
        if not services.delete_user(actor=request.user, target=obj, origin=Origin.from_request(request)):
            raise AdminError(_("Nothing was deleted: somebody else changed the account in the meantime."))


class ContractAdmin(PanelAdmin):
    """Contracts can be created and renamed. Their owner can't be changed, and they can't be deleted."""

    writers: ClassVar[Mapping[str, Writer]] = {
        "name": lambda value, **who: admin_services.rename_contract(name=value, **who)
    }
    list_display = ("number", "name", "owner", "created_at")
    list_select_related = ("owner",)
    search_fields = ("number", "name", "owner__username")
    ordering = ("id",)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        kwargs["form"] = NewContractForm if obj is None else ContractForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "owner") if obj is None else ("number", "name", "owner", "created_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("number", "owner", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: Any, obj: Model, form: Any, change: bool) -> None:
        if change:
            self.apply(request, form, Contract.objects.filter(pk=obj.pk), "contract")
            return
        owner, name = form.cleaned_data["owner"], form.cleaned_data["name"]
        obj.pk = contract_services.create_contract(
            owner=owner, name=name, actor=request.user, origin=Origin.from_request(request)
        ).pk


class AuditRowAdmin(ReadOnlyAdmin):
    """The log, read-only as everywhere."""

    list_display = ("at", "action", "outcome", "actor_label", "target_label", "contract", "ip", "detail")
    fields = (
        *("at", "action", "outcome", "actor_label", "target_label"),
        *("contract", "ip", "user_agent", "detail"),
    )
    readonly_fields = ("action", "contract")
    list_filter = ("outcome", "event")
    search_fields = ("actor_label", "target_label", "ip")
    ordering = ("-id",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditRow]:
        """With the name of the contract. Rows store only its id, so that they outlive the contract."""
        named = Contract.objects.filter(pk=OuterRef("contract_id")).values("name")
        rows: QuerySet[AuditRow] = super().get_queryset(request).annotate(contract_name=Subquery(named))
        return rows

    @admin.display(description=gettext_lazy("action"), ordering="event")
    def action(self, row: AuditRow) -> str:
        return sentences.action(row.event, row.outcome)

    @admin.display(description=gettext_lazy("contract"), ordering="contract_id")
    def contract(self, row: Any) -> str:
        if row.contract_name is None:
            return str(self.get_empty_value_display())
        address = reverse("admin:accounts_contract_change", args=[row.contract_id])
        return format_html('<a href="{}">{}</a>', address, row.contract_name)


SHOWN: Mapping[type[Model], type[PanelAdmin]] = {Contract: ContractAdmin, Role: RoleAdmin, AuditRow: AuditRowAdmin}
"""Accounts are not registered here, since `twofactor.admin` extends them."""
