"""The lists behind a preview's figures: rows by difference, problems by kind."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from cases import selectors_differences as differences
from cases import selectors_imports as reads
from cases.import_pages import pages_of
from cases.keyset import SortKey, keyset_page
from cases.names import shown_name, shown_names
from cases.selectors_import_people import Change, changes_of_people
from cases.views.import_run import run_or_404
from cases.views.paging import asked, neighbours
from collection_ops.core.access import Scope, requires, scope
from collection_ops.core.http import SignedInRequest

PAGE_SIZE = 50
BY_ID = SortKey(name="id", field="pk", kind="integer")


@requires("imports.view")
@require_GET
def rows(request: SignedInRequest, run_id: int, difference: str) -> HttpResponse:
    run = run_or_404(run_id)
    chosen = differences.DIFFERENCE_BY_KEY.get(difference)
    if chosen is None:
        raise Http404(difference)
    is_absent = chosen.rows is None
    listed: Any = differences.absent_cases(run) if is_absent else differences.rows_listed(run, chosen)
    page = keyset_page(
        listed,
        key=BY_ID,
        descending=False,
        size=PAGE_SIZE,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    names: dict[int, str]
    changes: dict[int, Change] = {}
    if is_absent:
        names = shown_names(request.user, page.rows)
    else:
        # Rows of a file are not cases yet: only who may read every name reads these.
        full = scope(request.user, "names.see") == Scope.ALL
        names = {row.pk: shown_name(row.debtor_name, full=full) for row in page.rows}
        changes = changes_of_people(run, page.rows, kind=difference, full_names=full)
    context = {
        "run": run,
        "difference": chosen,
        "tiles": differences.difference_tiles(run),
        "page": page,
        "names": names,
        "changes": changes,
        "is_absent": is_absent,
        **neighbours(request, page),
    }
    pages = pages_of(run)
    return render(request, pages.rows if pages else "cases/imports/rows.html", context)


@requires("imports.view")
@require_GET
def problems(request: SignedInRequest, run_id: int) -> HttpResponse:
    run = run_or_404(run_id)
    chosen = {"severity": asked(request, "severity"), "code": asked(request, "code")}
    column = asked(request, "column") if "column" in request.GET else None
    page = keyset_page(
        reads.problems_listed(run, column=column, **chosen),
        key=BY_ID,
        descending=False,
        size=PAGE_SIZE,
        after=asked(request, "after"),
        before=asked(request, "before"),
    )
    context = {
        "run": run,
        "groups": reads.problem_groups(run),
        "chosen": {**chosen, "column": column},
        "page": page,
        **neighbours(request, page),
    }
    return render(request, "cases/imports/problems.html", context)
