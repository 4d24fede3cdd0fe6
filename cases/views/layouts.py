"""What the headings of each source's files mean, by whom and since when."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases.keyset import SortKey, keyset_page
from cases.models import Source
from cases.selectors_inbox import layouts_listed, note_meanings
from cases.views.paging import asked, neighbours
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest

PAGE_SIZE = 10
BY_NEWEST = SortKey(name="newest", field="pk", kind="integer")


@requires("sources.manage")
@require_GET
def layouts(request: SignedInRequest) -> HttpResponse:
    source = asked(request, "source")
    page = keyset_page(
        layouts_listed(source=source),
        key=BY_NEWEST,
        descending=True,
        size=PAGE_SIZE,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    note_meanings(page.rows)
    context = {
        "page": page,
        "sources": Source.objects.order_by("code"),
        "chosen": source,
        **neighbours(request, page),
    }
    return render(request, "cases/imports/layouts.html", context)
