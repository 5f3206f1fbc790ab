"""The Celery application: ``celery -A portal worker`` and ``celery -A portal beat``."""

import math
import os

from celery import Celery, signals
from django.db import close_old_connections
from kombu.transport import TRANSPORT_ALIASES

from portal.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), "portal.broker:Transport"))

app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()
app.autodiscover_tasks(["portal"], related_name="health")

# Celery would connect to the database anew for each task, which costs more than most tasks do. Instead a
# worker keeps its connection as the pages do (DATABASE_CONNECTION_AGE), and looks whether it is still good.
app.conf["CELERY_DB_REUSE_MAX"] = math.inf
signals.task_prerun.connect(lambda **_task: close_old_connections(), weak=False)
