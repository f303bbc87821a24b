"""A session is opened in one place. Read from the syntax trees, so that no second door is built unnoticed."""

import ast

from tests.architecture.test_imports import MODULES, Module

DOORS = {"login", "alogin", "force_login", "authenticate", "aauthenticate", "LoginView", "LoginRequiredMixin"}


def names_of_djangos_auth(module: Module) -> dict[str, str]:
    """Local name → what it is, for everything that this module has from django.contrib.auth."""
    found = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.contrib.auth"):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module == "django.contrib":
            found |= {alias.asname or alias.name: alias.name for alias in node.names if alias.name == "auth"}
    return found


def calls() -> list[tuple[str, str, str]]:
    """(module, function, what is called) for every call of something that opens a session in Django."""
    found = []
    for module in MODULES:
        local = names_of_djangos_auth(module)
        for function in ast.walk(module.tree):
            if isinstance(function, ast.FunctionDef):
                for node in ast.walk(function):
                    if isinstance(node, ast.Call) and (name := called(node.func, local)) in DOORS:
                        found.append((module.name, function.name, name))
    return found


def called(func: ast.expr, local: dict[str, str]) -> str | None:
    if isinstance(func, ast.Name):
        return local.get(func.id)
    if isinstance(func, ast.Attribute) and ast.unparse(func.value) in ("auth", "django.contrib.auth"):
        return func.attr
    return None


def test_login_is_called_once_in_the_whole_project():
    assert calls() == [("twofactor.login.flow", "_open_session", "login")]


def callers_of(name: str) -> set[tuple[str, str]]:
    return {
        (module.name, function.name)
        for module in MODULES
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in (name, f"flow.{name}")
    }


def test_a_login_has_two_callers_the_last_step_and_the_set_up():
    assert callers_of("_open_session") == {("twofactor.login.flow", "log_in")}
    assert callers_of("log_in") == {("twofactor.login.flow", "complete"), ("twofactor.setup.services", "go_on")}
    assert callers_of("complete") == {("twofactor.login.flow", "advance")}


def test_nobody_borrows_djangos_own_log_in_views():
    borrowed = [
        f"{module.name}: {name}"
        for module in MODULES
        for name in names_of_djangos_auth(module).values()
        if name in DOORS - {"login"}
    ]
    assert not borrowed


def test_nobody_writes_the_keys_of_a_session_by_hand():
    """But for the auth hash, after a change of the own account or of `SECRET_KEY`: Django would renew it outside the
    transaction, or under a new id."""
    for module in MODULES:
        stored = [
            ast.unparse(node)
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and "session" in ast.unparse(node)
        ]
        keys = [text for text in stored if "SESSION_KEY" in text or "_auth_user" in text or "otp_device" in text]
        assert keys == (["session[HASH_SESSION_KEY]"] if module.name == "accounts.sessions.services" else [])
