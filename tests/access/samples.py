"""Objects for the arguments of routes, and the values that must never leave the house.

Every app adds to this file when it adds a route: `ROUTES["cases:record"] = lambda cast: {"case_id": ...}` builds (once a
test) the object that the route's arguments name. Routes whose arguments are not listed fall back to `ARGUMENTS`.
"""

from collections.abc import Callable
from typing import Any

from collection_ops.core.models import Job, Notification, User

Cast = dict[str, User]


def _job(cast: Cast) -> Job:
    return Job.objects.create(kind="test.sample", title="样例任务", created_by=cast["supervisor"])


def _notification(cast: Cast) -> Notification:
    return Notification.objects.create(user=cast["supervisor"], kind="job.done", params={"title": "样例"})


# Route name → the keyword arguments of a real object.
ROUTES: dict[str, Callable[[Cast], dict[str, Any]]] = {
    "core:job": lambda cast: {"job_id": _job(cast).pk},
    "core:notification": lambda cast: {"notification_id": _notification(cast).pk},
    "core:user": lambda cast: {"user_id": cast["collector"].pk},
    "core:user_action": lambda cast: {"user_id": cast["collector"].pk, "action": "disable"},
}

# Argument name → a value that fits any route with it (mostly the admin's own routes).
ARGUMENTS: dict[str, Any] = {
    "app_label": "core",
    "url": "nowhere",
    "content_type_id": 1,
    "object_id": "1",
}

# What no page shows in full to anybody who merely opens it: phones and ID numbers of the sample people.
SECRETS: list[str] = []

# Full names of sample people: only for those who have `names.see`.
NAMES: list[str] = []
