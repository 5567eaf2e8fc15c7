"""The task queue. Without a broker (the embedded default) tasks run at once, in the process that asks."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "investai.settings")

from django.conf import settings

from operations import broker

SWEEP_SECONDS = 20

broker.use_it()
app = Celery(
    "investai", task_cls="operations.processes:TracedTask", log="operations.processes:ProjectLogging"
)
app.conf.update(
    broker_url=settings.CELERY_BROKER_URL or "memory://",
    task_always_eager=not settings.CELERY_BROKER_URL,
    timezone=settings.TIME_ZONE,
    accept_content=["json"],
    task_serializer="json",
    result_serializer="json",
    # Results live in the database; a task interrupted with its worker is handed to another one.
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    # A dead broker may cost a web request two seconds at most: the sweep finds what could not be queued.
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_transport_options={
        "visibility_timeout": 3600,
        "socket_connect_timeout": 1,
        "socket_timeout": 1,
        "retry_on_timeout": False,
        "max_retries": 0,
    },
    task_publish_retry=False,
    beat_scheduler="operations.processes:BeatingScheduler",
    beat_schedule_filename=str(settings.VAR / "celerybeat-schedule"),
    beat_schedule={
        "sweep": {
            "task": "portfolio.tasks.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "imports": {
            "task": "portfolio.tasks.take_up_imports",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "downloads": {
            "task": "portfolio.tasks.keep_downloads",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "reports": {
            "task": "portfolio.tasks.keep_reports",
            "schedule": SWEEP_SECONDS,
            "options": {"expires": SWEEP_SECONDS},
        },
        "new-day": {"task": "portfolio.tasks.new_day", "schedule": crontab(hour=0, minute=1)},
        "series": {"task": "portfolio.tasks.keep_series", "schedule": crontab(minute="*/5")},
        "advice-digests": {"task": "advisory.tasks.send_digests", "schedule": crontab(hour=7, minute=0)},
        "retention": {
            "task": "operations.tasks.enforce_retention",
            "schedule": crontab(hour=3, minute=15),
        },
        "verify": {"task": "portfolio.tasks.verify", "schedule": crontab(hour=2, minute=30)},
    },
)
app.steps["worker"].add("operations.processes:WorkerHeartbeat")
app.steps["consumer"].add("operations.processes:CatchUp")
app.autodiscover_tasks()
