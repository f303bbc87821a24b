"""Who may import whom, read from the syntax trees.

cloudpanel → twofactor → accounts → Django; inside a package urls → views → forms, services, queries → models.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "twofactor", "cloudpanel")
LAYERS = {"urls": 4, "views": 3, "forms": 2, "services": 2, "queries": 2, "models": 1}
REQUESTS = {"HttpRequest", "PanelRequest"}
# Beside views and middleware, what a request may reach: what reads it, and what keeps something in its session.
REQUEST_MODULES = {
    "cloudpanel.applications.openid.call",
    "accounts.gate.asked_language",
    "accounts.gate.access",
    "accounts.gate.context",
    "accounts.contracts.current",
    "accounts.contracts.mismatch",
    "accounts.gate.request",
    "accounts.origin",
    "accounts.gate.parts",
    "accounts.gate.redirects",
    "accounts.gate.refusals",
    "accounts.gate.saved_input",
    "accounts.sessions.services",
    "accounts.users.handover",
    "accounts.validators",
    "cloudpanel.admin_site",
    "cloudpanel.applications.guard.check",
    "cloudpanel.applications.guard.door",
    "cloudpanel.applications.guard.hosts",
    "cloudpanel.applications.guard.responses",
    "cloudpanel.applications.guard.peers",
    "cloudpanel.applications.openid.answers",
    "cloudpanel.applications.openid.authorize",
    "cloudpanel.applications.openid.clients",
    "cloudpanel.applications.openid.cors",
    "cloudpanel.web.errors",
    "cloudpanel.web.format_characters",
    "cloudpanel.web.headers",
    "cloudpanel.operation.health",
    "cloudpanel.operation.error_reports",
    "cloudpanel.operation.logs",
    "cloudpanel.web.requests",
    "cloudpanel.operation.metrics",
    "cloudpanel.web.request_log",
    "cloudpanel.web.sections",
    "cloudpanel.web.uploads",
    "twofactor.keys.login",
    "twofactor.keys.new_name",
    "twofactor.keys.services",
    "twofactor.login.arrival",
    "twofactor.login.flow",
    "twofactor.login.freshness",
    "twofactor.login.known_browser",
    "twofactor.account_cookie",
    "twofactor.setup_browser",
    "twofactor.help.tags",
    "twofactor.login.ending",
    "twofactor.login.pending_login",
    "twofactor.login.return_to",
    "twofactor.login.logout",
    "twofactor.setup.new_codes",
    "twofactor.setup.services",
    "twofactor.factors.pending_key",
}
PURE = (
    "accounts.permissions",
    "accounts.roles.rules",
    "accounts.users.rules",
    "cloudpanel.applications.access",
    "cloudpanel.applications.openid.addresses",
    "cloudpanel.applications.rules",
    "cloudpanel.configuration.safety",
    "twofactor.policy",
    "twofactor.totp",
)
# accounts.forms: fields and forms that all others build on. accounts.passwords.forms: every form that sets a password
# builds on it. accounts.admin.forms: twofactor adds its field to the form of an admin account, which accounts can't do,
# since it imports nothing of twofactor.
FORMS_FOR_OTHERS = {"accounts.forms", "accounts.passwords.forms", "accounts.admin.forms"}
WRITES_FOR_ACCOUNTS = {
    "cloudpanel.operation.backup",
    "twofactor.factors.account",
    "twofactor.management.commands.demo",
    "twofactor.management.demo_history",
}
OF_DJANGO = {"accounts.models.session", "accounts.models.session_store"}
INSIDE_FUNCTIONS = {("accounts.models.session", "get_session_store_class")}


@dataclass(frozen=True)
class Module:
    name: str
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name.rpartition(".")[0]

    @property
    def last(self) -> str:
        return self.name.rpartition(".")[2]

    def imports(self) -> Iterator[str]:
        """Every module or name that is imported, in full, also by its name in a text."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
                yield from (text.value for text in node.args if isinstance(text, ast.Constant))
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{self.name}: a relative import"
                yield from (f"{node.module}.{alias.name}" for alias in node.names)


def read_modules() -> Iterator[Module]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                parts = path.relative_to(ROOT).with_suffix("").parts
                yield Module(".".join(p for p in parts if p != "__init__"), ast.parse(path.read_text()))


MODULES = list(read_modules())
NAMES = {module.name for module in MODULES}


def module_of(imported: str) -> str | None:
    """The module of ours in which an imported name lives, or None for one of somebody else."""
    while imported and imported not in NAMES:
        imported = imported.rpartition(".")[0]
    return imported or None


def edges() -> Iterator[tuple[Module, str]]:
    for module in MODULES:
        for target in {module_of(name) for name in module.imports()} - {None, module.name}:
            yield module, target


def is_view_module(module: Module) -> bool:
    """It declares who may enter."""
    return any(
        (isinstance(node, ast.Name) and node.id == "access" and isinstance(node.ctx, ast.Store))
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open_to")
        for node in ast.walk(module.tree)
    )


def test_there_is_something_to_read():
    assert {"accounts.models.user", "twofactor.login.flow", "cloudpanel.settings"} <= NAMES
    assert len(list(edges())) > 100


def test_imports_go_from_cloudpanel_to_twofactor_to_accounts_and_never_back():
    wrong = [
        f"{module.name} → {target}"
        for module, target in edges()
        if APPS.index(target.split(".")[0]) > APPS.index(module.name.split(".")[0])
    ]
    assert not wrong


def test_within_a_package_imports_go_from_urls_to_views_to_services_to_models():
    wrong = [
        f"{module.name} → {target}"
        for module, target in edges()
        if module.package == target.rpartition(".")[0]
        and (mine := LAYERS.get(module.last))
        and (theirs := LAYERS.get(target.rpartition(".")[2]))
        and (theirs > mine or (theirs == mine > 2))
    ]
    assert not wrong


def test_whatever_decides_or_writes_knows_no_view():
    """Forms, services, queries and models reach no module that declares a view, in whatever package."""
    views = {module.name for module in MODULES if is_view_module(module)} - {"accounts.gate.access"}
    wrong = [
        f"{module.name} → {target}" for module, target in edges() if LAYERS.get(module.last, 9) <= 2 and target in views
    ]
    assert not wrong


def test_no_package_imports_the_views_or_forms_of_another_one():
    wrong = [
        f"{module.name} → {target}"
        for module, target in edges()
        if target.rpartition(".")[2] in ("views", "forms")
        and target not in FORMS_FOR_OTHERS
        and module.package != target.rpartition(".")[0]
        and module.last != "urls"
        and module.package != "cloudpanel"  # the wiring
    ]
    assert not wrong


def test_the_request_stops_at_views_and_a_few_named_modules():
    wrong = [
        module.name
        for module in MODULES
        if {name.rpartition(".")[2] for name in module.imports()} & REQUESTS
        and module.name not in REQUEST_MODULES
        and not module.name.startswith("accounts.admin.")
        and not module.last.startswith("admin")
        and module.last not in ("views", "middleware", "responses", "subjects")
        and not is_view_module(module)
    ]
    assert not wrong


@pytest.mark.parametrize("name", PURE)
def test_what_is_pure_imports_neither_orm_nor_request(name):
    module = next(module for module in MODULES if module.name == name)
    forbidden = ("django.db", "django.http", "django.contrib", "django.conf", "django.shortcuts", "django_otp")
    wrong = [
        i
        for i in module.imports()
        if i.startswith(forbidden) or ".models" in i or i.startswith("accounts.gate.request")
    ]
    assert not wrong


@pytest.mark.parametrize("name", sorted(name for name in NAMES if name.endswith((".rules", ".policy"))))
def test_rules_and_policies_neither_read_nor_write_the_database(name):
    """Nor do they ask services and queries to; of models they know choices at most."""
    module = next(module for module in MODULES if module.name == name)
    forbidden = re.compile(r"django\.(db|http|shortcuts)\b|.*\.(models(?!.*\.HelpDecision$)|services|queries)\b")
    assert not [imported for imported in module.imports() if forbidden.match(imported)]
    reached = {node.attr for node in ast.walk(module.tree) if isinstance(node, ast.Attribute)}
    assert not reached & {"objects", "filter", "save", "values_list"}


@pytest.mark.parametrize("last", ["sentences", "facts", "words", "lines", "responses", "views", "pages"])
def test_texts_and_views_leave_queries_to_queries(last):
    assert not {
        module.name
        for module in MODULES
        if module.last == last or module.last.endswith(f"_{last}")
        if any(isinstance(node, ast.Attribute) and node.attr == "objects" for node in ast.walk(module.tree))
    }


def test_nothing_is_imported_inside_a_function_but_where_django_forces_it():
    wrong = {
        (module.name, function.name)
        for module in MODULES
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and function.name != "ready"
        if any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(function))
    }
    assert wrong <= INSIDE_FUNCTIONS


def test_only_tests_import_tests():
    wrong = [module.name for module in MODULES if any(name.split(".")[0] == "tests" for name in module.imports())]
    assert not wrong


def test_files_are_at_most_250_lines_and_functions_at_most_40():
    long = [
        f"{module.name}.{node.name}"
        for module in MODULES
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno - node.lineno >= 40
    ]
    files = [
        str(path.relative_to(ROOT))
        for app in APPS
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts and len(path.read_text().splitlines()) > 250
    ]
    assert not long + files


def test_no_two_modules_import_each_other_on_a_way_round():
    """But Django's own two: a session names its store, and the store its session."""
    reached = {module.name: set() for module in MODULES}
    for module, target in edges():
        reached[module.name].add(target)
    changed = True
    while changed:
        changed = False
        for targets in reached.values():
            more = set().union(*(reached[target] for target in targets)) - targets
            targets |= more
            changed = changed or bool(more)
    assert {name for name, targets in reached.items() if name in targets} == OF_DJANGO


def test_the_login_knows_nothing_of_the_pages_that_ask_for_help():
    """`help` builds on `login`; the other way round, a login reads the account's open request by its relation."""
    assert not [f"{module.name} → {target}" for module, target in edges()
                if module.package == "twofactor.login" and target.startswith("twofactor.help")]  # fmt: skip


def test_only_accounts_writes_the_rows_of_accounts():
    """Others call a function of `accounts` within their transaction. The activation of a first factor is one statement
    that also says whether there are codes, a session and a notice. Restored tables may be those of an older version,
    and the demo invents the past."""
    texts = {module.name: ast.unparse(module.tree) for module in MODULES if not module.name.startswith("accounts")}
    models = "|".join(model.__name__ for model in apps.get_app_config("accounts").get_models())
    methods = "update|delete|create|create_user|bulk_create|bulk_update|get_or_create|update_or_create"
    pattern = rf"(UPDATE|INSERT INTO|DELETE FROM) accounts_|\b({models})\.objects\b[^\n]*\.({methods})\("
    assert {name for name, text in texts.items() if re.search(pattern, text)} == WRITES_FOR_ACCOUNTS
