"""Static files under names with their digest. Names are cached, as no file of a running panel changes."""

from functools import cached_property
from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class NamedOnce(CompressedManifestStaticFilesStorage):
    @cached_property
    def found(self) -> dict[str, str]:
        return {}

    def url(self, name: Any, force: bool = False) -> str:
        if name not in self.found:
            self.found[name] = super().url(name, force)
        return self.found[name]
