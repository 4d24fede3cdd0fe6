"""The search box of the shell."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from cases import columns as list_columns
from cases import selectors
from cases.services.search import MOST_RESULTS, SearchRefused, find_person
from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest

COLUMNS = list_columns.chosen(("product", "stage", "days", "total", "desk", "status", "source"))
KINDS = {
    "id": _("证件号"),
    "phone": _("手机号"),
    "contract": _("合同编号"),
    "name": _("姓名"),
    "name_prefix": _("姓名开头"),
}


@requires("debtors.find")
@require_POST
def search(request: SignedInRequest) -> HttpResponse:
    """Posted, so that what was typed stands in no address, log or history. The text is not repeated on the page."""
    try:
        found = find_person(text=request.POST.get("q", ""), actor=request.user, now=clock.database_now())
    except SearchRefused as refused:
        return render(request, "cases/search.html", {"refused": str(refused)})
    context = {
        "found": found,
        "kind": KINDS[found.kind],
        "most": MOST_RESULTS,
        "columns": COLUMNS,
        "lines": selectors.case_lines(found.cases, columns=COLUMNS, user=request.user),
    }
    return render(request, "cases/search.html", context)
