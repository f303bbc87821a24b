"""The panel's own settings in an environment made for tests: fixed keys, a database file of this process alone.

TEST_DATABASE_URL puts the same tests on PostgreSQL. Nothing of the caller's own configuration is looked at.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="cloudpanel-tests-"))
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

for name in ("DEBUG", "ALLOWED_HOSTS", "TRUSTED_PROXIES", "PANEL_NAME", "SESSION_IDLE_MINUTES", "SESSION_HOURS"):
    os.environ.pop(name, None)
os.environ.update(
    CLOUDPANEL_ENV="",
    SECRET_KEY="tests-only-4n8s0vQkYp2mZt7wXc1bLr5jHd9fGa3eUi6oTy0p",
    TWOFACTOR_KEYS="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    PUBLIC_URL="http://127.0.0.1:8000",
    EMAIL_URL="memorymail://",
    PASSWORD_MIN_LENGTH="15",
    DATABASE_URL=os.environ.get("TEST_DATABASE_URL") or f"sqlite:///{FOLDER / 'db.sqlite3'}",
)

from cloudpanel.settings import *  # noqa: E402, F403
from cloudpanel.settings import DATABASES, PASSWORD_HASHERS  # noqa: E402

# Threads and a live server need a database that they can share; Django's default for SQLite is one in memory.
DATABASES["default"]["TEST"] = {"NAME": None if os.environ.get("TEST_DATABASE_URL") else str(FOLDER / "test.sqlite3")}
# The real hasher takes 30 ms a password; tests that are about it ask for it with @pytest.mark.slow_hasher.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *PASSWORD_HASHERS]
# Static files as they are, without collecting them first.
STORAGES = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# No sender runs beside the tests: `sends` in conftest.py runs it at once, and a page has nothing to wait for.
MAIL_WAIT_SECONDS = 0
