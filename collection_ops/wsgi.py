"""WSGI entry point, served by granian."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")

site = get_wsgi_application()

from collection_ops.core.bodies import BodyGate  # noqa: E402  the settings it reads are set up above

application = BodyGate(site)
