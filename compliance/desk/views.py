"""The compliance desk."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from compliance.desk.parts import cards_for, nearest
from compliance.selectors_changes import changes_shown

MOST = 15
CHANGES = 5


@requires("compliance.desk")
@require_GET
def desk(request: SignedInRequest) -> HttpResponse:
    now = clock.now()
    changes = (
        changes_shown(request.user, now=now, may_approve=has(request.user, "rules.approve"))[:CHANGES]
        if has(request.user, "rules.view")
        else []
    )
    context = {
        "deadlines": [(one, one.tone(now), one.left(now)) for one in nearest(request.user, now=now, most=MOST)],
        "cards": cards_for(request.user, now=now),
        "changes": changes,
    }
    return render(request, "compliance/desk/desk.html", context)
