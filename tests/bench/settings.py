"""The panel as it runs in production, on a database of the bench's own; BENCH_URL names it."""

import os

os.environ.update(
    SECRET_KEY="bench-only-4n8s0vQkYp2mZt7wXc1bLr5jHd9fGa3eUi6oTy0p",
    TWOFACTOR_KEYS="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    PUBLIC_URL="http://127.0.0.1:8000",
    EMAIL_URL="memorymail://",
    DATABASE_URL=os.environ["BENCH_URL"],
)
for name in ("DEBUG", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "SESSION_IDLE_MINUTES", "SESSION_HOURS"):
    os.environ.pop(name, None)

if trusted := os.environ.get("BENCH_TRUSTED"):
    os.environ["TRUSTED_PROXIES"] = trusted

from cloudpanel.settings import *  # noqa: E402, F403

ROOT_URLCONF = "tests.bench.panel_urls"
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
