"""The request as a view sees it behind @requires or @signed_in_only: there is somebody."""

from django.http import HttpRequest

from collection_ops.core.models import User


class SignedInRequest(HttpRequest):
    """For annotations only: the decorators have let nobody anonymous through."""

    user: User
