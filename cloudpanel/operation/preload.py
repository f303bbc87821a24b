"""Loads what Django otherwise reads at the request that first needs it.

So a server that was started before an upgrade never shows a new template to its old code.
"""

from pathlib import Path

from django.conf import settings
from django.template import engines
from django.utils import formats, translation


def preload() -> None:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    _ = engine.template_context_processors
    for folder in map(Path, engine.dirs):
        for file in folder.rglob("*.*"):
            engine.get_template(file.relative_to(folder).as_posix())
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            translation.gettext("Log in")
            formats.get_format("DATE_FORMAT")
