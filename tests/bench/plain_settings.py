"""What the panel's page is compared with: Django's own session and user, a password and nothing else."""

import os

import environ

from cloudpanel.settings import _POSTGRESQL, _SQLITE

SECRET_KEY = "bench-only-4n8s0vQkYp2mZt7wXc1bLr5jHd9fGa3eUi6oTy0p"
DATABASE = environ.Env.db_url_config(os.environ["BENCH_URL"])
DATABASES = {"default": DATABASE | (_SQLITE if DATABASE["ENGINE"].endswith("sqlite3") else _POSTGRESQL)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
ROOT_URLCONF = "tests.bench.plain_urls"
USE_TZ = True
LOGGING_CONFIG = None
