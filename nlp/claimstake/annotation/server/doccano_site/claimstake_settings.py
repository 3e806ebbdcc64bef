"""Settings of a doccano server that only this machine reaches; doccano's own are made for being tried out.

Read by processes of the doccano environment, never imported by claimstake. Everything is kept in the folder that
CLAIMSTAKE_DOCCANO_HOME names.
"""

import os
from pathlib import Path

from config.settings.production import *  # noqa: F403
from config.settings.production import DATABASES, INSTALLED_APPS, MIDDLEWARE, REST_FRAMEWORK
from django.db.backends.signals import connection_created

HOME = Path(os.environ["CLAIMSTAKE_DOCCANO_HOME"])

DEBUG = False
SECRET_KEY = (HOME / "secret.key").read_text(encoding="ascii").strip()
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "claimstake_urls"

# Other sites may not call in, and a forwarded header or one that names a user counts for nothing.
INSTALLED_APPS = [app for app in INSTALLED_APPS if app != "corsheaders"]
MIDDLEWARE = [
    "claimstake_pages.at_home",
    *(name for name in MIDDLEWARE if "corsheaders" not in name and "HeaderAuth" not in name),
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
CORS_ORIGIN_ALLOW_ALL = False
CSRF_TRUSTED_ORIGINS: list[str] = []
SECURE_PROXY_SSL_HEADER = None
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# Nothing leaves by mail: a link that resets a password would stand in the log.
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

# Uploads are open to anybody in doccano.
DJANGO_DRF_FILEPOND_PERMISSION_CLASSES = {
    name: ["rest_framework.permissions.IsAuthenticated"]
    for name in ("POST_PROCESS", "PATCH_PATCH", "GET_LOAD", "GET_RESTORE", "GET_FETCH", "DELETE_REVERT")
}
DJANGO_DRF_FILEPOND_UPLOAD_TMP = str(HOME / "uploads")
DJANGO_DRF_FILEPOND_ALLOW_EXTERNAL_UPLOAD_DIR = True
MEDIA_ROOT = DJANGO_DRF_FILEPOND_FILE_STORE_PATH = str(HOME / "media")
FILE_UPLOAD_PERMISSIONS = 0o600  # Django would let everybody on the machine read what is uploaded
REST_FRAMEWORK = {**REST_FRAMEWORK, "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"]}

DATABASES["default"].update(NAME=str(HOME / "database.sqlite3"), CONN_MAX_AGE=600, OPTIONS={"timeout": 30})


def _steady(connection, **_):
    connection.cursor().execute("PRAGMA synchronous = NORMAL")


connection_created.connect(_steady)

# The queue has a file of its own, so that asking for work never waits for an annotator's change.
CELERY_BROKER_URL = f"sqla+sqlite:///{HOME / 'queue.sqlite3'}"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_ACCEPT_CONTENT = CELERY_RESULT_ACCEPT_CONTENT = ["application/json"]
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_SEND_TASK_EVENTS = CELERY_TASK_SEND_SENT_EVENT = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = CELERY_WORKER_REDIRECT_STDOUTS = False
HEALTHCHECK_CELERY_TIMEOUT = 10

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "[%(asctime)s] [%(process)d] [%(levelname)s] %(name)s: %(message)s"}},
    "handlers": {"bounded": {"class": "claimstake_logging.Bounded", "formatter": "line"}},
    "root": {"handlers": ["bounded"], "level": "WARNING"},
    "loggers": {"django": {"handlers": ["bounded"], "level": "WARNING", "propagate": False}},
}
