"""Referrals: asked of my department, asked by me, and all within one's scope."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import has, signed_in_only
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from compliance.models import WAITING_STATES
from compliance.routing import selectors as reads
from compliance.routing.forms import ReferralFilter
from compliance.routing.people import MANAGE
from compliance.routing.texts import TONES

LABELS = {reads.TO_ME: _("转给我部门的"), reads.BY_ME: _("我转办的"), reads.ALL: _("全部")}


@signed_in_only
@require_GET
def referrals(request: SignedInRequest) -> HttpResponse:
    """What waits first comes first by its own filter; without one, the list begins with what waits for this person."""
    user, today = request.user, clock.business_date(clock.now())
    views = reads.views_of(user)
    shown = request.GET.get("show", "")
    if shown not in views:
        shown = views[0]
    query = request.GET.copy()
    query.setdefault("state", "waiting" if shown == reads.TO_ME else "")
    form = ReferralFilter(query)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = key_page(request, reads.listed(user, shown, chosen, today))
    context = {
        "page": page,
        "rows": [
            {
                "referral": row,
                "tone": TONES[row.state],
                "is_late": row.state in WAITING_STATES and row.due_on < today,
            }
            for row in page.rows
        ],
        "form": form,
        "shown": shown,
        "views": [(key, LABELS[key]) for key in views],
        "is_filtered": bool(request.GET.get("state") or request.GET.get("department") or request.GET.get("late")),
        "may_manage": has(user, MANAGE),
    }
    return render(request, "compliance/routing/list.html", context)
