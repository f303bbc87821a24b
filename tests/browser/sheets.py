"""Every page the panel has, and every state that is worth a look: who opens which address, and what they press there.

The pages come from the URL table, not from a list. A new address is looked at as the owner sees it, unless
it is named here as somebody else's page or as no page at all.
"""

from dataclasses import dataclass

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Page, Response

from tests.browser.window import Window
from tests.browser.world import World

# Only posts, or answers that are no pages.
NO_PAGE = {
    "healthz", "readyz", "set_language", "set_theme", "recovery_codes_download",
    "users_export", "logs_export", "session_end", "sessions_end_others", "sessions_end", "user_unlock", "favicon",
    "change_password", "security_txt", "user_session_end", "users_import_template",
    "users_bulk", "users_remind", "guard_open", "key_register_options", "key_register_verify", "key_options",
    "key_verify",
    "openid_configuration", "oauth_configuration", "openid_jwks", "openid_authorize", "openid_resume", "openid_token",
    "openid_userinfo", "openid_introspect", "openid_revoke", "openid_account", "openid_consent",
    "openid_end_session_confirm",
}  # fmt: skip
# Whose page it is, where it is not the owner's; the names are those of World.
WHOSE = {
    "login": "nobody", "password_forgot": "nobody", "login_code": "pending_login", "login_recovery": "pending_login",
    "two_factor_setup": "paul", "two_factor_activated": "new_codes", "confirm": "stale", "contracts": "several",
    "recovery_codes": "lena", "two_factor_disable": "volunteer", "security": "lena", "profile": "lena",
    "password_new": "must_change", "two_factor_later": "planned", "login_help": "pending_login",
    "app_delete": "kira",
}  # fmt: skip
PASSWORD_TOO = (("invite", "password"),)
CSV = "username,name,role\nlena,Lena Lange,Administrator\nnew,Neo Neu,No such role\nother,Oda Ott,Support\n"
QUERY = {"confirm": "?next=/profile/security/"}


@dataclass(frozen=True)
class Sheet:
    """One page in one state. `press` names the button that sends its form, `fill` what is typed before, by field."""

    id: str
    address: str
    who: str = "olivia"
    press: str = ""
    fill: tuple[tuple[str, str], ...] = ()
    status: int = 200
    stays: bool = False
    """The answer is put into the page that is there."""

    def open(self, window: Window, world: World, language: str = "en") -> Page:
        if self.who != "nobody":
            window.enter(getattr(world, self.who))
        if language != "en":
            window.context.add_cookies([{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "url": window.url}])
        response = window.page.goto(self.address.format(**world.ids_for(self.who)))
        if self.press:
            response = self.send(window.page, language)
        assert response
        assert response.status == self.status
        return window.page

    def send(self, page: Page, language: str) -> Response | None:
        for name, text in self.fill:
            field = page.locator(f"main [name={name}]").first
            match field.get_attribute("type"):
                case "checkbox":
                    field.check()
                case "radio":
                    page.locator(f"main [name={name}]").nth(1).check()
                case "file":
                    field.set_input_files({"name": "users.csv", "mimeType": "text/csv", "buffer": text.encode()})
                case _:
                    field.fill(text)
        with translation.override(language):
            button = page.locator("main").get_by_role("button", name=gettext(self.press), exact=True)
        if self.stays:
            with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
                button.click()
            return answer.value
        with page.expect_navigation() as navigation:
            button.click()
        return navigation.value


def addresses() -> dict[str, str]:
    """Name and address of every page in the URL table, ids as {user_id} and so on. Django admin's are its own."""
    return dict(sorted(_walk(get_resolver().url_patterns)))


def _walk(patterns: list) -> list[tuple[str, str]]:
    found = []
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and not pattern.namespace:
            found += _walk(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name and pattern.name not in NO_PAGE:
            wanted = pattern.pattern.converters
            if not set(wanted) - {"user_id", "role_id"}:
                found.append((pattern.name, _address(pattern.name, list(wanted))))
    return found


def _address(name: str, wanted: list[str]) -> str:
    address = reverse(name, kwargs={each: 4711 + i for i, each in enumerate(wanted)})
    for i, each in enumerate(wanted):
        address = address.replace(str(4711 + i), f"{{{each}}}")
    return address


def plain() -> list[Sheet]:
    """Each page once, as it opens."""
    return [
        Sheet(name, address + QUERY.get(name, ""), WHOSE.get(name, "olivia")) for name, address in addresses().items()
    ]


def long_names() -> list[Sheet]:
    """The owner's pages where every name is as long as it may be and can't be broken."""
    owners = [sheet for sheet in plain() if sheet.who == "olivia"]
    held = Sheet("two_factor_setup-long", "/two-factor/setup/", "wordy_held")
    return [*(Sheet(f"{sheet.id}-long", sheet.address, "wordy") for sheet in owners), held]


def states() -> list[Sheet]:
    """Empty, refused, waiting, missing, and forms sent back with errors."""
    return [
        Sheet("login-error", "/login/", "nobody", press="Log in"),
        Sheet("login-ended", "/login/?ended=session", "nobody"),
        Sheet("login-wait", "/login/", "nobody", "Log in", (("username", "lars"), ("password", "x")), status=429),
        Sheet("code-error", "/login/code/", "pending_login", press="Log in"),
        Sheet("recovery-error", "/login/recovery/", "pending_login", press="Log in once"),
        Sheet("login_help-wait", "/login/help/", "pending_login", press="Ask the account owner"),
        Sheet("login_help-elsewhere", "/login/help/", "second"),
        Sheet("login-reserved", "/login/?ended=reserved", "nobody"),
        Sheet("user_help-open", "/management/users/{user_id}/help/", "helper"),
        Sheet("user_help-error", "/management/users/{user_id}/help/", "helper", press="Reset 2FA"),
        Sheet("user_help-refused", "/management/users/{user_id}/help/", "refuser"),
        Sheet("user_help-open-long", "/management/users/{user_id}/help/", "wordy_helper"),
        Sheet("overview-help", "/", "wordy_helper"),
        Sheet("overview-rollout", "/", "planner"),
        Sheet("two_factor_required-planned", "/management/users/{planned_id}/two-factor-required/", "planner"),
        Sheet("setup-error", "/two-factor/setup/", "paul", press="Activate"),
        Sheet("setup-wait", "/two-factor/setup/", "hasty", "Activate", (("code", "123456"),), status=429),
        Sheet("setup-new-phone", "/two-factor/setup/", "lena"),
        Sheet("forgot-error", "/password/forgot/", "nobody", "Send link"),
        Sheet("forgot-sent", "/password/forgot/", "nobody", "Send link", (("username_or_email", "nobody"),)),
        Sheet("password_reset", "{reset_link}", "nobody"),
        Sheet("email_confirm", "{email_link}", "nobody"),
        Sheet("dead-link", "/password/reset/4711/cut-off/", "nobody", status=404),
        Sheet("confirm-error", "/confirm/?next=/profile/security/", "stale", press="Confirm"),
        Sheet("security-off", "/profile/security/", "volunteer_off"),
        Sheet("create-error", "/management/users/create/", press="Create"),
        Sheet(
            "create-suggested", "/management/users/create/", press="Generate password", fill=PASSWORD_TOO, stays=True
        ),
        Sheet("user-pending", "/management/users/{pending_id}/"),
        Sheet("user-locked", "/management/users/{locked_id}/"),
        Sheet("user-password-error", "/management/users/{user_id}/password/", press="Save changes"),
        Sheet("user-as-sub-user", "/management/users/{user_id}/", "sam"),
        Sheet("users-as-sub-user", "/management/users/", "sam"),
        Sheet("users-empty", "/management/users/", "newcomer"),
        Sheet("users-bulk", "/management/users/", press="Require 2FA", fill=(("ids", "on"),)),
        Sheet("users-bulk-delete", "/management/users/", press="Delete", fill=(("ids", "on"),)),
        Sheet("users-bulk-reset", "/management/users/", press="Reset 2FA", fill=(("ids", "on"),)),
        Sheet("users-bulk-role", "/management/users/", press="Change role", fill=(("ids", "on"),)),
        Sheet("users-bulk-invite", "/management/users/", press="Send invitation again", fill=(("ids", "on"),)),
        Sheet("import-rehearsal", "/management/users/import/", press="Preview import", fill=(("file", CSV),)),
        Sheet("import-error", "/management/users/import/", press="Preview import"),
        Sheet("users-none-found", "/management/users/?q=nobody-has-this-name"),
        Sheet("overview-first-steps", "/", "newcomer"),
        Sheet("overview-sub-user", "/", "sam"),
        Sheet("no-contract", "/", "landless"),
        Sheet("forbidden", "/management/users/create/", "sam", status=403),
        Sheet("disable-forbidden", "/two-factor/disable/", "lena", status=403),
        Sheet("missing", "/no/such/page/", status=404),
        Sheet("missing-to-a-stranger", "/management/users/1/", "nobody"),
        Sheet("wrong-method", "/language/", status=405),
    ]


def with_keys() -> list[Sheet]:
    """What somebody sees who has security keys, with an app beside them or without."""
    keys = "/profile/security/keys/"
    return [
        Sheet("keys", keys, "kim"),
        Sheet("keys-beside", keys, "kira"),
        Sheet("key-name", f"{keys}{{key_id}}/name/", "kim"),
        Sheet("key-delete", f"{keys}{{key_id}}/delete/", "kim"),
        Sheet("key-delete-last", f"{keys}{{key_id}}/delete/", "karl"),
        Sheet("app-delete", "/profile/security/app/delete/", "kira"),
        Sheet("app-delete-error", "/profile/security/app/delete/", "lena", press="Remove"),
        Sheet("security-keys-alone", "/profile/security/", "kim"),
        Sheet("security-keys-beside", "/profile/security/", "kira"),
        Sheet("setup-adds-app", "/two-factor/setup/", "kim"),
        Sheet("code-key-alone", "/login/code/", "kim_pending"),
        Sheet("code-key-beside", "/login/code/", "kira_pending"),
        Sheet("recovery-key-alone", "/login/recovery/", "kim_pending"),
        Sheet("confirm-key-alone", f"/confirm/?next={keys}", "kim_stale"),
        Sheet("confirm-key-beside", f"/confirm/?next={keys}", "kira_stale"),
        Sheet("user-with-keys", "/management/users/{key_owner_id}/", "olivia_beside_kim"),
        Sheet("reset-of-keys", "/management/users/{key_owner_id}/two-factor-reset/", "olivia_beside_kim"),
    ]


def matrix() -> list[Sheet]:
    return [*plain(), *states(), *with_keys(), *long_names()]


SAMPLE = {
    "login", "login-error", "login_code", "login_recovery", "two_factor_setup", "two_factor_activated", "confirm",
    "overview", "users", "user", "user_create", "create-error", "two_factor_required", "users-empty", "forbidden",
    "users-long", "user-long", "roles", "role_permissions", "logs", "security",
    "keys", "key-name", "code-key-alone", "code-key-beside", "confirm-key-alone",
}  # fmt: skip


def sample() -> list[Sheet]:
    return [sheet for sheet in matrix() if sheet.id in SAMPLE]
