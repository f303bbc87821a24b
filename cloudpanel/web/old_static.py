"""Static files of earlier versions: `housekeeping` deletes them a day after the last `collectstatic`.

Until then, open pages and servers that haven't restarted may request them.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import Http404
from whitenoise.middleware import WhiteNoiseMiddleware

MANIFEST = "staticfiles.json"
KEPT_SECONDS = 24 * 3600
COMPRESSED = ("", ".gz", ".br")


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise lists the files when a worker starts; one that was deleted since is a 404 instead of an error."""

    @staticmethod
    def serve(static_file: Any, request: Any) -> Any:  # type: ignore[override]
        try:
            return WhiteNoiseMiddleware.serve(static_file, request)  # type: ignore[no-untyped-call]
        except FileNotFoundError:
            raise Http404 from None


def remove_old(**_: object) -> str:
    """Returns how many files were deleted; empty for none."""
    old = list(of_earlier_versions(Path(settings.STATIC_ROOT)))
    for file in old:
        file.unlink(missing_ok=True)
    return f"Removed {len(old)} static files of earlier versions." if old else ""


def of_earlier_versions(root: Path) -> Iterator[Path]:
    """Files that the manifest doesn't contain; none if there is no manifest, or a new one."""
    manifest = root / MANIFEST
    if not manifest.is_file() or time.time() - manifest.stat().st_mtime < KEPT_SECONDS:
        return
    names = json.loads(manifest.read_text())["paths"]
    kept = {root / f"{name}{suffix}" for name in (*names, *names.values()) for suffix in COMPRESSED}
    yield from (file for file in root.rglob("*") if file.is_file() and file != manifest and file not in kept)
