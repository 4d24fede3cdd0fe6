"""Contacts that happened against a rule, for whoever answers for them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from compliance.forms import BreachFilter
from compliance.selectors import breach_lines, breaches_found


@requires("breaches.view")
@require_GET
def breaches(request: SignedInRequest) -> HttpResponse:
    """Newest first; those withdrawn are shown where they are asked for."""
    form = BreachFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    found = breaches_found(
        state=chosen.get("state") or "open", rule=chosen.get("rule") or "", org=chosen.get("org") or ""
    )
    page = key_page(request, found)
    context = {
        "form": form,
        "page": page,
        "lines": breach_lines(page.rows, request.user),
        "is_filtered": any(chosen.values()),
    }
    return render(request, "compliance/breaches.html", context)
