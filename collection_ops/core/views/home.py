"""Where a day begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from collection_ops.core.access import signed_in_only, users_with
from collection_ops.core.navigation import home_of


@signed_in_only
def home(request: HttpRequest) -> HttpResponse:
    """To the first page of the person's work; who has none is told whom to ask."""
    url = home_of(request.user)
    if url:
        return redirect(url)
    administrators = users_with("users.manage").order_by("display_name")[:5]
    return render(request, "core/no_role.html", {"administrators": administrators})
