"""The site as it is served, on the benchmark's database and at the benchmark's hour of the day.

BENCHMARK_DATABASE names the database; BENCHMARK_AHEAD is how many seconds the business clock is ahead of the machine's, so
that calls are allowed whenever somebody measures. Nothing else differs from collection_ops.wsgi.
"""

import os
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")
settings.DATABASES["default"]["NAME"] = os.environ["BENCHMARK_DATABASE"]

from collection_ops.core import clock  # noqa: E402
from collection_ops.wsgi import application  # noqa: E402

_AHEAD = timedelta(seconds=float(os.environ["BENCHMARK_AHEAD"]))
clock.now = lambda: timezone.now() + _AHEAD

__all__ = ["application"]
