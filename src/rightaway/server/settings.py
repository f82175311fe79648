"""Django's settings. What an operator may set is read from the environment by `server/environment.py`."""

from pathlib import Path
from urllib.parse import urlsplit

from rightaway.server import connections as server_connections
from rightaway.server import environment as server_environment
from rightaway.server.roles import TIME_LIMITS
from rightaway.server.secret import secret_key

ENVIRONMENT = server_environment.read()
_PACKAGE = Path(__file__).parents[1]
_HTTPS = ENVIRONMENT.url.startswith("https://")

DEBUG = False
SECRET_KEY = ENVIRONMENT.secret_key or secret_key(ENVIRONMENT.data)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", urlsplit(ENVIRONMENT.address).hostname or "localhost"]
ROOT_URLCONF = "rightaway.server.urls"
APPEND_SLASH = False
PUBLIC_ADDRESS = ENVIRONMENT.address

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "allauth",
    "allauth.account",
    "rightaway.ledger",
    "rightaway.accounts",
    "rightaway.people",
    "rightaway.contacts",
    "rightaway.conversations",
    "rightaway.routing",
    "rightaway.work",
    "rightaway.notify",
    "rightaway.web",
]
MIDDLEWARE = [
    "rightaway.web.requests.RequestIds",
    "rightaway.web.headers.SecureHeaders",
    "rightaway.web.compress.CompressedPages",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "rightaway.web.session_age.SessionAge",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_PACKAGE / "web"],  # a page's templates lie in the page's folder
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "rightaway.web.layout.frame.context",
            ],
            "builtins": ["django.templatetags.i18n", "rightaway.web.assets", "rightaway.web.tags"],
        },
    }
]

# The database. One role a process: this one works inside organisations and can neither change tables nor leave walls.
CONNECTIONS = server_connections.connections(ENVIRONMENT)
_APP = CONNECTIONS.app if CONNECTIONS else {"host": str(ENVIRONMENT.data / "postgres/socket")}
# What is prepared runs all day: PostgreSQL would plan some of it anew each time, which takes longer than its answer.
_STARTING = {**TIME_LIMITS, "plan_cache_mode": "force_generic_plan"}
_LIBPQ_NAMES = ("host", "port", "dbname", "user", "password")
DATABASES = {
    "default": {
        "ENGINE": "rightaway.ledger.database",
        "HOST": _APP.get("host", ""),
        "PORT": _APP.get("port", ""),
        "NAME": _APP.get("dbname", server_connections.DATABASE),
        "USER": _APP.get("user", server_connections.APP),
        "PASSWORD": _APP.get("password", ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": ENVIRONMENT.pooled,
        "OPTIONS": {
            # A pooler that shares connections between transactions takes no start-up options, and keeps no
            # prepared statements; there the roles themselves carry the time limits.
            **(
                {}
                if ENVIRONMENT.pooled
                else {"options": " ".join(f"-c {name}={value}" for name, value in _STARTING.items())}
            ),
            "prepare_threshold": None if ENVIRONMENT.pooled else 5,
            "application_name": "rightaway",
            **{name: value for name, value in _APP.items() if name not in _LIBPQ_NAMES},
        },
    }
}
SCHEDULER_CONNINFO = server_connections.conninfo(CONNECTIONS.scheduler) if CONNECTIONS else ""
LISTEN_CONNINFO = server_connections.conninfo(CONNECTIONS.listen) if CONNECTIONS else ""
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Who signs in, and for how long.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "rightaway.web.sign_in.adapter.SignIn"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_FORMS = {"login": "rightaway.web.sign_in.forms.SignInForm"}
SESSION_ENGINE = "rightaway.web.sessions"
SESSION_COOKIE_AGE = 12 * 3600  # since last seen
SESSION_LONGEST_SECONDS = 7 * 86400  # since signed in
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME = "__Host-session" if _HTTPS else "session"
CSRF_USE_SESSIONS = False
CSRF_COOKIE_NAME = "__Host-csrf" if _HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "rightaway.web.errors.views.stale_form"
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.url] if ENVIRONMENT.url else []

# What leaves with every answer, beside web/headers.py.
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 86400 if _HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.behind_proxy else None
SECURE_SSL_REDIRECT = _HTTPS and ENVIRONMENT.behind_proxy
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 25_000  # a route may name thousands of agents

# Words and times. Every part brings its own catalogue.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_SECURE = _HTTPS
LOCALE_PATHS = [_PACKAGE / "locale", *sorted(_PACKAGE.glob("*/locale")), *sorted(_PACKAGE.glob("web/*/locale"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = _PACKAGE / "web/static"

LOGGING_CONFIG = "rightaway.server.logs.configure"
LOGGING = {"level": ENVIRONMENT.log_level}
