"""Django's settings. What operators can change comes from the environment by env.py; everything else is fixed here.

Nothing here refuses a value. safety.py decides whether the panel may start and reports every reason at once; a value
that would break Django itself is replaced by a harmless one until then.
"""

from email.utils import formataddr
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.management.utils import get_random_secret_key

from cloudpanel import version
from cloudpanel.configuration import env, mail_env, safety, settings_file
from cloudpanel.operation import logs

BASE_DIR = Path(__file__).resolve().parent.parent
CONFIG = env.read()
VERSION = version.read()

DEBUG = CONFIG.debug
# Django needs a key even to print its help; safety.py refuses a panel without one of its own.
SECRET_KEY = CONFIG.secret_key or get_random_secret_key()
SECRET_KEY_FALLBACKS = list(CONFIG.secret_key_fallbacks)
TWOFACTOR_KEYS = list(CONFIG.twofactor_keys)
PANEL_NAME = CONFIG.panel_name
PUBLIC_URL = CONFIG.public_url.text
HTTPS = CONFIG.public_url.https
OWN_HOSTS = [CONFIG.public_url.own_host, *CONFIG.allowed_hosts]  # no application can have one of these
ALLOWED_HOSTS = [*CONFIG.public_url.allowed_hosts, *CONFIG.allowed_hosts]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
TRUSTED_PROXIES = list(CONFIG.trusted_proxies or ())
TRUSTED_UNIX_SOCKETS = CONFIG.trusts_unix
BACKCHANNEL_NETWORKS = list(CONFIG.backchannel_networks)
METRICS_TOKEN = CONFIG.metrics_token
ACCESS_LOG = CONFIG.access_log
ERROR_REPORTS_TO = CONFIG.error_reports_to
SENTRY_DSN = CONFIG.sentry_dsn
SECURITY_CONTACT = CONFIG.security_contact

ROOT_URLCONF = "cloudpanel.urls"
WSGI_APPLICATION = "cloudpanel.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "cloudpanel",
    "cloudpanel.applications",
    "cloudpanel.applications.openid",
    "twofactor",
    "accounts",
    "whitenoise.runserver_nostatic",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "cloudpanel.auth_app.PanelAuthConfig",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_otp",
    "csp",
]
MIDDLEWARE = [
    "cloudpanel.web.request_log.RequestLog",
    "cloudpanel.operation.health.HealthMiddleware",
    "cloudpanel.web.middleware.Metrics",
    "cloudpanel.applications.guard.hosts.ApplicationDoor",
    "cloudpanel.web.format_characters.VisibleFormatCharacters",
    "accounts.gate.middleware.TrustedProxies",
    "accounts.gate.middleware.PlainCookies",
    "django.middleware.security.SecurityMiddleware",
    "cloudpanel.web.headers.FixedPolicy",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cloudpanel.web.old_static.StaticFiles",
    "cloudpanel.web.errors.UnusableRequests",
    "accounts.gate.middleware.ClientSession",
    "accounts.gate.middleware.Language",
    "django.middleware.common.CommonMiddleware",
    "twofactor.middleware.SessionUser",
    "twofactor.middleware.FactorMiddleware",
    "accounts.gate.middleware.CurrentContract",
    "accounts.gate.parts.Parts",
    "twofactor.middleware.AccessGate",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "cloudpanel.web.errors.MethodPage",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.gate.context.panel",
                "cloudpanel.web.sections.section",
            ],
            "libraries": {"lucide": "cloudpanel.web.icons", "help": "twofactor.help.tags"},
            "builtins": [f"cloudpanel.web.{module}" for module in ("assets", "attributes", "components", "times")],
        },
    },
]

# One database for everything. SQLite takes its write lock when a transaction begins: one that reads first and writes
# later would otherwise end in "database is locked" as soon as two people do so at once.
_SQLITE = {
    "CONN_MAX_AGE": None,
    "OPTIONS": {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY;",
    },
}
_POSTGRESQL = {
    "CONN_MAX_AGE": 600,
    "CONN_HEALTH_CHECKS": True,
    # Parameters bound by the server: a statement used often is prepared once a connection, not planned each time.
    "OPTIONS": {
        "connect_timeout": 3,
        "server_side_binding": True,
        "prepare_threshold": 5,
        **CONFIG.database.get("OPTIONS", {}),
    },
}
DATABASES = {"default": CONFIG.database | (_SQLITE if CONFIG.database["ENGINE"].endswith("sqlite3") else _POSTGRESQL)}

# Authentication.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["twofactor.backends.FactorBackend"]
LOGIN_URL = "/login/"
PASSWORD_MIN_LENGTH = CONFIG.password_min_length
PASSWORD_HASHERS = [
    "accounts.passwords.rules.OwaspArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [  # and rules.OwnWordsValidator, made for each account
    {"NAME": "accounts.passwords.rules.LengthValidator"},
    {"NAME": "accounts.passwords.rules.CommonValidator"},
]

# Cookies end with the browser; over HTTPS their names tie them to this host, so that no neighbour domain can set them.
# They belong to a host whatever the port, so panels on one host tell theirs apart by name.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
COOKIE_SUFFIX = CONFIG.public_url.cookie_suffix
SESSION_ENGINE = "twofactor.session_store"
SESSION_IDLE_SECONDS = safety.seconds(CONFIG.session_idle_minutes, 60)
SESSION_ABSOLUTE_SECONDS = safety.seconds(CONFIG.session_hours, 3600)
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid{COOKIE_SUFFIX}"
SESSION_COOKIE_SECURE = HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
KNOWN_BROWSER_COOKIE = f"{COOKIE_PREFIX}known{COOKIE_SUFFIX}"
HELP_COOKIE = f"{COOKIE_PREFIX}help{COOKIE_SUFFIX}"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken{COOKIE_SUFFIX}"
CSRF_COOKIE_AGE = None
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "cloudpanel.web.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}language{COOKIE_SUFFIX}"
VISITORS_LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}visitors_language{COOKIE_SUFFIX}"
THEME_COOKIE_NAME = f"{COOKIE_PREFIX}theme{COOKIE_SUFFIX}"
ASKED_LANGUAGE_COOKIE_NAME = f"{COOKIE_PREFIX}asked_language{COOKIE_SUFFIX}"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Security headers.
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],  # Django admin's search-as-you-type
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    },
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: those of the operator's domain are not the panel's to decide about
    "security.W008",  # redirect to HTTPS: the proxy that ends TLS does it; behind it every request would loop
    "security.W021",  # HSTS preload: a promise for the whole domain, again the operator's
]

# What a request may bring: the largest form is a CSV of 1 MiB, which must still get its own sentence a little above.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1_100  # a thousand users selected, and the fields beside them
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["cloudpanel.web.uploads.BoundedUpload"]

# Without EMAIL_URL nothing is mailed, which the pages say.
MAIL_ENABLED = CONFIG.email is not None
PANEL_BACKEND = "accounts.outbox.smtp.PanelBackend"
_mail = CONFIG.email or {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
EMAIL_BACKEND = _mail["EMAIL_BACKEND"].replace("django.core.mail.backends.smtp.EmailBackend", PANEL_BACKEND)
EMAIL_HOST = _mail.get("EMAIL_HOST")
EMAIL_PORT = _mail.get("EMAIL_PORT")
EMAIL_HOST_USER = _mail.get("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = _mail.get("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _mail.get("EMAIL_FILE_PATH")
EMAIL_TIMEOUT = 30  # of the sender beside the requests (accounts/outbox), for each answer of the mail server
EMAIL_CA_FILE = CONFIG.email_ca_file
MAIL_HELO = mail_env.name_of(CONFIG.public_url.host)
MAIL_WAIT_SECONDS = 2.5  # how long a page waits for its mails: with it, even the slowest takes less than three
_sender = "localhost" if CONFIG.public_url.loopback else CONFIG.public_url.host
DEFAULT_FROM_EMAIL = SERVER_EMAIL = formataddr((PANEL_NAME, _mail.get("FROM") or f"no-reply@{_sender}"))

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "cloudpanel" / "locale"]  # also those of the templates
FORMAT_MODULE_PATH = "cloudpanel.formats"

STATIC_URL = "/static/"
STATIC_ROOT = settings_file.VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
_STATIC_HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {"staticfiles": {"BACKEND": _STATIC if DEBUG else _STATIC_HASHED}}

LOGGING = logs.of_django(CONFIG.log_format)
