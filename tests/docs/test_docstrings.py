"""Docstrings and comments name only what exists: documents, and names in modules, as in `session_store.row_key`."""

import ast
import io
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("accounts", "cloudpanel", "twofactor", "tests")
NAME = re.compile(r"`([a-z_]\w*(?:\.(?!(?:py|js)`)\w+)+)`")
DOCUMENT = re.compile(r"[\w-]+\.md\b")


def files() -> list[Path]:
    return [path for name in FOLDERS for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts]


def prose_in(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.value.value
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def names_by_module() -> dict[str, set[str]]:
    """By each way of naming the module: `accounts.models.session_store`, `models.session_store`, `session_store`."""
    found = defaultdict(set)
    for path in files():
        module = path.parent if path.stem == "__init__" else path.with_suffix("")
        parts = module.relative_to(ROOT).parts
        words = set(re.findall(r"\w+", path.read_text()))
        for start in range(len(parts)):
            found[".".join(parts[start:])] |= words
            found[".".join(parts[start:-1])] |= {parts[-1]}
    return found


def is_stale(name: str, modules: dict[str, set[str]]) -> bool:
    module, _dot, last = name.rpartition(".")
    return name not in modules and module in modules and last not in modules[module]


def test_docstrings_name_only_what_exists():
    modules = names_by_module()
    documents = {path.name for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/*.md"))}
    stale = []
    for path in files():
        for text in prose_in(path.read_text()):
            names = [name for name in NAME.findall(text) if is_stale(name, modules)]
            names += [name for name in DOCUMENT.findall(text) if name not in documents]
            stale += [f"{path.relative_to(ROOT)}: {name}" for name in names]
    assert stale == []


def test_a_stale_name_is_found():
    modules = names_by_module()
    assert is_stale("session_store.column_key", modules)
    assert not is_stale("session_store.row_key", modules)
