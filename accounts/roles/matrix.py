"""The permissions page: sections of checkboxes, ticked or not, enabled or not."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ALL_PERMISSIONS, CATALOGUE, PermissionKind

KINDS = (
    (PermissionKind.DISPLAY, _("Display")),
    (PermissionKind.CREATE, _("Create")),
    (PermissionKind.CHANGE, _("Change")),
    (PermissionKind.DELETE, _("Delete")),
)


@dataclass(frozen=True)
class Box:
    key: str
    label: str | Promise
    ticked: bool
    open: bool
    """People can only grant permissions that they have."""


@dataclass(frozen=True)
class Part:
    key: str
    label: str | Promise
    boxes: tuple[Box, ...]

    @property
    def ticked(self) -> int:
        return sum(box.ticked for box in self.boxes)


def parts(ticked: Iterable[str], may: frozenset[str], *, changeable: bool) -> list[Part]:
    chosen = frozenset(ticked)
    return [
        Part(
            section.key,
            section.label,
            tuple(Box(p.key, p.label, p.key in chosen, changeable and p.key in may) for p in section.permissions),
        )
        for section in CATALOGUE
    ]


def of_kind(kind: PermissionKind) -> frozenset[str]:
    return frozenset(p.key for section in CATALOGUE for p in section.permissions if p.kind is kind)


def total() -> int:
    return len(ALL_PERMISSIONS)
