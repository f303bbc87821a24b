"""Which link of the menus a page belongs to."""

from django.http import HttpRequest

OVERVIEW = "overview"
SECTIONS = {
    "management/users/": "users",
    "management/roles/": "roles",
    "management/applications/": "applications",
    "management/logs/": "logs",
    "applications/": "launch",
    "profile/security/": "security",
    "two-factor/": "security",
    "profile/": "profile",
}
"""The name of the link's URL, by how the addresses of its pages begin; the first one that fits."""


def section(request: HttpRequest) -> dict[str, str]:
    """For templates: the section of this page, or "" for a page of none."""
    match = request.resolver_match
    return {"section": _section_of(match.route) if match else ""}


def _section_of(route: str) -> str:
    if not route:
        return OVERVIEW
    return next((name for start, name in SECTIONS.items() if route.startswith(start)), "")
