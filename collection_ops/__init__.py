"""The site itself: settings, routes, the Celery app with its whole schedule, WSGI.

Assembles every app and is imported by none of them. `collection_ops.core` inside it is the
shared kernel (users, roles, audit, jobs, money, clock, masking, tables) and knows no business noun.
"""

from collection_ops.celery import app as celery_app

__all__ = ["celery_app"]
