"""Settings, read from the environment once. Every secret may also come from a file (`NAME_FILE`).

Two modes: `production` (the default: secure cookies, HTTPS) and `local` (what `start.py` runs on one machine).
A setting that is wrong stops the start with the variable, the value found and the values allowed.
"""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """One of `allowed`, or a stop that names the variable, the value and what is allowed."""
    value = env.str(name, default=default)
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} is {value!r}; allowed: {', '.join(allowed)}")
    return value


def positive(name: str, default: int) -> int:
    """A whole number above zero, or a stop that names the variable and the value."""
    value = env.str(name, default=str(default))
    if not value.isdecimal() or int(value) < 1:
        raise ImproperlyConfigured(f"{name} is {value!r}; allowed: a whole number above 0")
    return int(value)


def secret(name: str, default: Any = environ.Env.NOTSET) -> str:
    """The value of `name`, or the content of the file that `name_FILE` names. An unreadable file is an error."""
    file = env.str(f"{name}_FILE", default="")
    if not file:
        return env.str(name, default=default)
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names {file!r}, which cannot be read: {error.strerror}") from error


MODE = choice("COLLECTION_OPS_MODE", ("production", "local"), "production")
IS_LOCAL = MODE == "local"
DEBUG = env.bool("DEBUG", default=False)
STATE_DIR = Path(env.str("COLLECTION_OPS_STATE", default=str(BASE_DIR / "var"))).resolve()

SECRET_KEY_FALLBACK_FILE = STATE_DIR / "keys" / "secret_key"
SECRET_KEY = secret("SECRET_KEY", default="")
if not SECRET_KEY and SECRET_KEY_FALLBACK_FILE.is_file():
    SECRET_KEY = SECRET_KEY_FALLBACK_FILE.read_text(encoding="utf-8").strip()
if not SECRET_KEY:
    raise ImproperlyConfigured(
        f"No secret key: set SECRET_KEY or SECRET_KEY_FILE, or run `python3 start.py prepare`, which writes "
        f"{SECRET_KEY_FALLBACK_FILE}"
    )
# Encryption keys of personal fields, by key id; see core/crypto.py. Backed up apart from the database.
FIELD_KEYS_FILE = Path(env.str("FIELD_KEYS_FILE", default=str(STATE_DIR / "keys" / "field_keys.json")))

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "collection_ops.core",
    "cases",
    "compliance",
    "agents",
    "vendors",
    "reports",
    "collection_ops.core.admin_site.BackOfficeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",  # the form renderer below finds Django's own widget templates through it
    "django_htmx",
    "django_filters",
    "import_export",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "csp",
    "heroicons",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "collection_ops.core.middleware.RequestIdMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "collection_ops.core.middleware.SessionLimitsMiddleware",
    "collection_ops.core.middleware.SecondFactorMiddleware",
    "collection_ops.core.middleware.LargeBodyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "collection_ops.core.middleware.FragmentSignInMiddleware",
    "collection_ops.core.middleware.PrivatePagesMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "collection_ops.urls"
WSGI_APPLICATION = "collection_ops.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "collection_ops.core.context.shell",
            ],
            "builtins": ["collection_ops.core.templatetags.ui"],
        },
    }
]
# Forms render through templates/django/forms/*: one field template gives every form the same markup.
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database  ---
_database_url = secret("DATABASE_URL", default="")
if not _database_url and (STATE_DIR / "run" / "database_url").is_file():
    # Written by start.py for the PostgreSQL that it runs, so that `manage.py` in a second terminal finds it.
    _database_url = (STATE_DIR / "run" / "database_url").read_text(encoding="utf-8").strip()
if not _database_url:
    raise ImproperlyConfigured(
        "No database: set DATABASE_URL (postgres://user:password@host:5432/name) or DATABASE_URL_FILE, "
        "or use `python3 start.py`, which runs one of its own"
    )
DATABASES = {"default": env.db_url_config(_database_url)}
if "postgresql" not in DATABASES["default"]["ENGINE"]:
    raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL 15 or newer; no other engine is supported")
DATABASES["default"].setdefault("OPTIONS", {})
# Queries here are short: to compile one costs more than to run it. The embedded server has it off as well.
DATABASES["default"]["OPTIONS"].setdefault("options", "-c jit=off")
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Redis, Celery: a doorbell, never a store (reference: reliability 8.1)  ---
REDIS_URL = secret("REDIS_URL", default="")
if not REDIS_URL and (STATE_DIR / "run" / "redis_url").is_file():
    REDIS_URL = (STATE_DIR / "run" / "redis_url").read_text(encoding="utf-8").strip()
CELERY_BROKER_URL = REDIS_URL or "redis://127.0.0.1:6379/0"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # the Job table re-sends; a late acknowledgement would only run things twice
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 5
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "socket_timeout": 3,  # longer than the workers' blocking poll of 1 s; a request waits so long for a frozen broker
    "socket_connect_timeout": 3,
    "health_check_interval": 15,
    # Publishing: one more try at once, or a request would wait 6 s for a broker that refuses. The job waits in its row.
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_max": 0.1,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1, "interval_max": 0.2}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BEAT_SCHEDULE_FILENAME = str(STATE_DIR / "run" / "celerybeat-schedule")

# --- Language, time  ---
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["collection_ops.formats"]
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Shanghai")
CELERY_TIMEZONE = TIME_ZONE
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Files  ---
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(STATE_DIR / "static")))
ASSETS_DIR = Path(env.str("ASSETS_DIR", default=str(STATE_DIR / "assets")))
STATICFILES_DIRS = [BASE_DIR / "static", *([ASSETS_DIR] if ASSETS_DIR.is_dir() else [])]
WHITENOISE_USE_FINDERS = IS_LOCAL
WHITENOISE_AUTOREFRESH = DEBUG
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(STATE_DIR / "media")))
# --- Mail: reports to their subscribers. Without EMAIL_URL (smtp+tls://user:password@host:587) a mail is a file  ---
EMAIL_URL = secret("EMAIL_URL", default="")
if EMAIL_URL:
    try:
        globals().update(env.email_url_config(EMAIL_URL))
    except (KeyError, ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(
            "EMAIL_URL is not understood; allowed: smtp://, smtp+tls:// or smtp+ssl://user:password@host:port"
        ) from error
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(STATE_DIR / "mail")
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="collection-ops@localhost")
# How people reach the site, for addresses in mails; empty: they hold the path alone.
SITE_URL = (env.str("SITE_URL", default="") or next(iter(CSRF_TRUSTED_ORIGINS), "")).rstrip("/")
# Uploads are personal data: readable by the service's own user only, never served by URL.
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# How large an uploaded file may be (cases/imports/limits.py). Memory and time are those of the process that reads the
# largest one; a smaller file is held to less.
IMPORT_MAX_MB = positive("IMPORT_MAX_MB", default=100)
IMPORT_MAX_ROWS = positive("IMPORT_MAX_ROWS", default=1_200_000)
IMPORT_MAX_COLUMNS = positive("IMPORT_MAX_COLUMNS", default=200)
IMPORT_MAX_SHEETS = positive("IMPORT_MAX_SHEETS", default=100)
IMPORT_MAX_UNPACKED_MB = positive("IMPORT_MAX_UNPACKED_MB", default=1500)
IMPORT_MAX_RATIO = positive("IMPORT_MAX_RATIO", default=200)
IMPORT_MAX_MEMORY_MB = positive("IMPORT_MAX_MEMORY_MB", default=3000)
IMPORT_MAX_SECONDS = positive("IMPORT_MAX_SECONDS", default=600)
# A file of a case (a certificate, a recording).
ATTACHMENT_MAX_MB = positive("ATTACHMENT_MAX_MB", default=20)
UPLOAD_MAX_BYTES = positive("UPLOAD_MAX_BYTES", default=IMPORT_MAX_MB * 1024 * 1024)
# Threads of one web process, as the server is started with: how many may wait for slow senders (core/bodies.py).
WEB_THREADS = positive("WEB_THREADS", default=4)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if IS_LOCAL
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Seals of the audit trail, outside the database; put it where the database's administrators cannot write.
AUDIT_SEAL_COPY = Path(env.str("AUDIT_SEAL_COPY", default=str(STATE_DIR / "seals" / "seals.jsonl")))
# One folder a source below this one; also the place an SFTP server would write to.
INTAKE_INBOX = Path(env.str("INTAKE_INBOX", default=str(STATE_DIR / "inbox")))

# --- People, sessions  ---
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "core:login"
LOGIN_REDIRECT_URL = "core:home"
LOGOUT_REDIRECT_URL = "core:login"
SESSION_ENGINE = "collection_ops.core.session_engine"  # in the database: Redis may vanish, nobody is logged out by that
SESSION_COOKIE_NAME = "session" if IS_LOCAL else "__Host-session"
SESSION_COOKIE_SECURE = not IS_LOCAL
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 10 * 60 * 60
SESSION_IDLE_MINUTES = env.int("SESSION_IDLE_MINUTES", default=15 if not IS_LOCAL else 120)
SESSION_ABSOLUTE_HOURS = env.int("SESSION_ABSOLUTE_HOURS", default=10)
CSRF_COOKIE_NAME = "csrftoken" if IS_LOCAL else "__Host-csrftoken"
CSRF_COOKIE_SECURE = not IS_LOCAL
CSRF_FAILURE_VIEW = "collection_ops.core.views.errors.csrf_failure"
# Roles that cannot work without a second factor, e.g. "admin,compliance". Empty: TOTP is offered to all, forced on none.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=[])
OTP_TOTP_ISSUER = env.str("OTP_TOTP_ISSUER", default="Collection Ops")

# Personal values a day: persons whose value one may open, by capability and role, and searches for a person
# (reference: reliability section 6, rows 4 and 5; 5.5 B16). Starting values; a role that is not named opens none.
REVEALS_PER_DAY: dict[str, dict[str, int]] = {
    "phones.reveal": {"collector": 150, "team_leader": 50, "supervisor": 50, "compliance": 50, "manager": 20},
    "ids.reveal": {"team_leader": 5, "supervisor": 10, "compliance": 20, "finance": 10, "manager": 10},
}
PERSON_SEARCHES_PER_DAY = env.int("PERSON_SEARCHES_PER_DAY", default=300)
# How long an exported file can be fetched.
EXPORT_HOURS = env.int("EXPORT_HOURS", default=24)

# Who the collectors say they call for; empty: the name of the source that a case came from.
LENDER_NAME = env.str("LENDER_NAME", default="")
# Where a debtor may call back, in messages.
LENDER_PHONE = env.str("LENDER_PHONE", default="400-000-0000" if IS_LOCAL else "")
# The signature of messages (empty: the lender's name), and those that the carrier knows: any other is refused by rule
# CN-M-02. Empty: not known here.
MESSAGE_SIGNATURE = env.str("MESSAGE_SIGNATURE", default="")
REGISTERED_SIGNATURES = env.list("REGISTERED_SIGNATURES", default=[])
# The way out (dotted path of a class, compliance/senders.py); empty: messages are neither taken nor sent. The simulator says
# of everything that it was sent, which in production nobody may believe: there it has to be named.
MESSAGE_SENDER = env.str("MESSAGE_SENDER", default="compliance.senders.SimulatedSender" if IS_LOCAL else "")
# The telephone line that dials (dotted path of a class, agents/workbench/telephony); empty: people dial by hand.
TELEPHONY_LINE = env.str("TELEPHONY_LINE", default="")

# Lock-out by name, never by address alone: a hundred collectors sit behind one address.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_HANDLER = "collection_ops.core.lockout_handler.LockoutHandler"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = "collection_ops.core.lockout.cool_off"
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_CALLABLE = "collection_ops.core.lockout.counted_name"
AXES_DISABLE_ACCESS_LOG = True  # sign-ins are audit events (login.ok, login.refused)
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "core/locked_out.html"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=0) or None
AXES_SENSITIVE_PARAMETERS = ["password", "username", "otp_token"]

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # user names are unique without regard to case, by a constraint on LOWER(username)
    "axes.W006",  # locking by address would let one person lock out a whole office behind one address
]

# --- HTTP  ---
SECURE_SSL_REDIRECT = not IS_LOCAL and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 0 if IS_LOCAL else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = not IS_LOCAL
SECURE_HSTS_PRELOAD = not IS_LOCAL
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.int("TRUSTED_PROXIES", default=0) else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Import-export: reference data in the admin only  ---
IMPORT_EXPORT_USE_TRANSACTIONS = True
IMPORT_EXPORT_ESCAPE_FORMULAE_ON_EXPORT = True

# --- API: what a view of it is stands in core/api/views.py; here what the frameworks ask for by name  ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["collection_ops.core.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["collection_ops.core.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["collection_ops.core.api.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "collection_ops.core.api.schema.ApiSchema",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Collection back office",
    "VERSION": "1",
    "DESCRIPTION": "Cases, contacts through the compliance gate, past contacts of agencies, promises and holds. Moments are "
    "ISO 8601 with a zone; amounts are strings of yuan with two decimals; personal values are masked.",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["collection_ops.core.api.schema.nothing_besides"],
}

# --- Logs: JSON lines, no personal data (core/logs.py)  ---
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "collection_ops.core.logs.RedactFilter"}},
    "formatters": {
        "json": {"()": "collection_ops.core.logs.JsonFormatter"},
        "plain": {"format": "%(levelname)s %(name)s %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "plain" if DEBUG else "json",
            "filters": ["redact"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        # Django's own handlers go: one mails every failed request to ADMINS, with its form fields and the error's text.
        "django": {"handlers": [], "level": "INFO"},
        "django.db.backends": {"level": "WARNING"},
        "django.server": {"handlers": ["console"], "propagate": False},
        "axes": {"level": "WARNING"},
    },
}

SITE_NAME = _("催收运营后台")
# Where a debtor complains to the lender: a telephone number, an address; it stands on agreements. Empty: a line to fill in.
COMPLAINT_CHANNEL = env.str("COMPLAINT_CHANNEL", default="")
# The module with the navigation's entries and the home page of each role; see core/navigation.py.
NAVIGATION = "collection_ops.navigation"
