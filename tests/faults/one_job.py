"""A process that claims and does one job, as a Celery child would: started by tests that stop, kill or cut it off."""

import os
import subprocess
import sys

from django.conf import settings

from collection_ops.core.models import Job
from tests.real_programs import ROOT, database_url

NAME = "worker-of-one-job"
CODE = """
import sys, time
import django
django.setup()
from django.conf import settings
settings.MEDIA_ROOT = sys.argv[2]
{sabotage}
from collection_ops.core.services import jobs
jobs.run(int(sys.argv[1]))
"""


def worker(job: Job, *, sabotage: str = "") -> subprocess.Popen[bytes]:
    """Starts it; `sabotage` is code that runs in it before the job."""
    return subprocess.Popen(
        [sys.executable, "-c", CODE.format(sabotage=sabotage), str(job.pk), str(settings.MEDIA_ROOT)],
        cwd=ROOT,
        env={
            **os.environ,
            "DATABASE_URL": database_url(),
            "DJANGO_SETTINGS_MODULE": "collection_ops.settings",
            "PGAPPNAME": NAME,
        },
        start_new_session=True,
    )
