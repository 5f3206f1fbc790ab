"""Settings of the portal, all from environment variables; ``.env.example`` lists and explains each.

A name without a default must be set. ``DEMO`` is set by ``make demo`` alone: it adds ``devtools``,
serves over plain HTTP and is refused by ``check --deploy``.
"""

from pathlib import Path
from urllib.parse import urlsplit

from django.contrib.messages import constants as messages
from django.utils.translation import gettext_lazy as _

from portal import env

BASE_DIR = Path(__file__).resolve().parent.parent

# Where and who we are
DEMO = env.flag("DEMO", False)
DEBUG = env.flag("DEBUG", False)
ORIGIN = env.origin("ORIGIN")
SITE_NAME = env.text("SITE_NAME", "Orikaeshi")
SECRET_KEY = env.text("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")
SEALING_KEYS = env.words("SEALING_KEYS")
ALLOWED_HOSTS = [urlsplit(ORIGIN).hostname or "", *env.words("EXTRA_HOSTS")]
TRUSTED_PROXIES = env.number("TRUSTED_PROXIES", 0)
SECURE = ORIGIN.startswith("https://")
HSTS_PRELOAD = env.flag("HSTS_PRELOAD", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",  # unused; two_factor's views import its model, which then needs its table
    "django_otp_webauthn",
    "two_factor",
    "django_htmx",
    "audit",
    "notifications",
    "telephony",
    "accounts",
    "recovery",
    "portal",
    *(["devtools"] if DEMO else []),
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.ProxyChainMiddleware",
    "portal.middleware.HeadMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.middleware.CompressionMiddleware",
    "portal.middleware.SecurityHeadersMiddleware",
    "portal.middleware.ReadableMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "audit.middleware.AuditContextMiddleware",
    "accounts.middleware.SessionMiddleware",
    "accounts.middleware.AccessMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "devtools.urls" if DEMO else "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
ASGI_APPLICATION = "portal.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["django.template.loaders.filesystem.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context.site",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "portal.templatetags.portal",
                "portal.templatetags.forms",
            ],
        },
    }
]

# The tone of the notice that shows a message.
MESSAGE_TAGS = {
    messages.INFO: "info",
    messages.SUCCESS: "live",
    messages.WARNING: "wait",
    messages.ERROR: "danger",
}

# Data
DATABASES = {
    "default": {**env.database("DATABASE_URL"), "CONN_MAX_AGE": env.number("DATABASE_CONNECTION_AGE", 60)}
}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.text("REDIS_URL")

# Background work. Due work lies in PostgreSQL; a lost task is found again by the beat sweep.
CELERY_BROKER_URL = (
    f"redis+socket://{REDIS_URL.removeprefix('unix://')}" if REDIS_URL.startswith("unix://") else REDIS_URL
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5, "max_retries": 0}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# People and their sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.Accounts"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
# The first makes new hashes; the others check imported ones until their owners sign in.
PASSWORD_HASHERS = [
    "accounts.credentials.hashers.Argon2id",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2SHA1PasswordHasher",
    "accounts.credentials.hashers.PBKDF2SHA512",
    "accounts.credentials.hashers.BinaryPBKDF2SHA1",
    "accounts.credentials.hashers.BinaryPBKDF2SHA256",
    "accounts.credentials.hashers.BinaryPBKDF2SHA512",
    "accounts.credentials.hashers.Scrypt",
    "accounts.credentials.hashers.BinaryScrypt",
    "accounts.credentials.hashers.BCrypt",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.credentials.password_validation.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.credentials.password_validation.GuessablePasswordValidator"},
]
# Where a password is looked up among leaked ones, by five digits of its SHA-1; empty: nowhere.
LEAKED_PASSWORDS_URL = env.address("LEAKED_PASSWORDS_URL", "")
# In a risky session only something bound 72 hours ago allows a change, and it takes effect a day later, unless
# one of the owner's addresses or sessions stops it.
GUARD_RISKY_SESSIONS = env.flag("GUARD_RISKY_SESSIONS", True)
SESSION_ENGINE = "accounts.sessions.store"
SESSION_IDLE_SECONDS = env.number("SESSION_IDLE_SECONDS", 3600, least=60)
SESSION_MAX_SECONDS = env.number("SESSION_MAX_SECONDS", 24 * 3600, least=60)
STAFF_SESSION_IDLE_SECONDS = env.number("STAFF_SESSION_IDLE_SECONDS", 1800, least=60)
STAFF_SESSION_MAX_SECONDS = env.number("STAFF_SESSION_MAX_SECONDS", 8 * 3600, least=60)
# The row and the cookie outlast every session; what ends them is accounts.limits.
SESSION_COOKIE_AGE = max(SESSION_MAX_SECONDS, STAFF_SESSION_MAX_SECONDS)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
LANGUAGE_COOKIE_NAME = "language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
OTP_TOTP_ISSUER = SITE_NAME
# A browser signs for the host and the exact origin that it is at. An address of digits is no host to it: a
# portal that is reached by one has no use of these.
OTP_WEBAUTHN_RP_ID = env.host_name(ORIGIN)
OTP_WEBAUTHN_RP_NAME = SITE_NAME
OTP_WEBAUTHN_ALLOWED_ORIGINS = [ORIGIN]
OTP_WEBAUTHN_HELPER_CLASS = "accounts.authenticators.passkeys.ceremonies.Helper"
# ES256, EdDSA, RS256: what browsers and their authenticators have.
OTP_WEBAUTHN_SUPPORTED_COSE_ALGORITHMS = [-7, -8, -257]

# Over the wire
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 63072000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE and HSTS_PRELOAD
# W021 asks for HSTS_PRELOAD, which binds a whole domain for years: that choice is the operator's. E031 is an
# origin without TLS, as portal.E002, but would also stop a portal that nobody else reaches from starting.
SILENCED_SYSTEM_CHECKS = ["security.W021", "otp_webauthn.E031"]
# "no-referrer" would make browsers post our own forms with "Origin: null", which the CSRF check refuses.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [ORIGIN]
CSRF_FAILURE_VIEW = "portal.views.form_grown_old"
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# Language and time
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("ja", _("Japanese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_ZONE = env.text("DEFAULT_ZONE", "Asia/Tokyo")

# Files
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEBUG or DEMO
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or DEMO
        else "portal.storage.CollectedFiles"
    },
}

# Mail
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = env.text("SMTP_HOST", "localhost")
EMAIL_PORT = env.number("SMTP_PORT", 25, least=1)
EMAIL_HOST_USER = env.text("SMTP_USER", "")
EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD", "")
EMAIL_USE_TLS = env.flag("SMTP_STARTTLS", False)
EMAIL_TIMEOUT = 10
LINKLESS_MAILS = env.flag("LINKLESS_MAILS", False)
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", f"{SITE_NAME} <no-reply@localhost>")

# Telephone
DIALER = env.choice("DIALER", "manual", ("manual",))
CALLER_NUMBER = env.text("CALLER_NUMBER", "+81 3 5550 0100")
CALL_REGIONS = env.words("CALL_REGIONS", "JP,US,GB,AU,NZ,IE,DE,FR,KR,TW,SG")

CALLS_PER_REGION_A_DAY = env.number("CALLS_PER_REGION_A_DAY", 1000, least=1)

# The desk
OFFER_SECONDS = env.number("OFFER_SECONDS", 20, least=5)
WRAP_UP_SECONDS = env.number("WRAP_UP_SECONDS", 60)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "portal.logs.Line", "fmt": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Everything goes through that one line. The servers' access logs hold every address and stay off; the
    # proxy keeps one, without queries, headers and tokens (docker/Caddyfile).
    "loggers": {
        **{
            name: {"handlers": [], "propagate": True}
            for name in ("django", "django.server", "uvicorn", "_granian")
        },
        **{name: {"handlers": [], "propagate": False} for name in ("uvicorn.access", "granian.access")},
    },
    "root": {
        "handlers": ["console"],
        "level": env.choice("LOG_LEVEL", "INFO", ("DEBUG", "INFO", "WARNING", "ERROR")),
    },
}
