"""The form field for a role: one of those that this person may assign."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _

from accounts.forms import PlainForm
from accounts.models import Contract
from accounts.users import queries
from accounts.users.fields import RoleField
from accounts.users.rules import Viewer

ROLE_GONE = _("This role was deleted in the meantime. Choose another one.")


class UserRoleForm(PlainForm):
    role = RoleField()

    def __init__(self, *args: Any, contract: Contract, viewer: Viewer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(RoleField, self.fields["role"]).offer(queries.roles(contract), viewer.permissions)
