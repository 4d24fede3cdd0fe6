"""From a figure of a card to what it was counted from: cases, complaints, breaches, quality checks, late days."""

from urllib.parse import urlencode

from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.clock import month_end
from collection_ops.core.http import SignedInRequest
from collection_ops.core.paging import key_page
from compliance.breaching.selectors import lines as breach_lines
from compliance.complaints.desk import LONG_TEXTS
from compliance.complaints.desk import lines_of as complaint_lines
from compliance.models import BreachCase, ComplaintSubject, QualityCheck
from compliance.quality.selectors import listed, rows_of
from vendors.scorecard.card_views import VIEW, card_of
from vendors.scorecard.drills import case_page, checks_of, complaints_of, late_days_of
from vendors.settlement.events import FEED_DAYS, conduct_of


@requires(VIEW)
@require_GET
def cases(request: SignedInRequest, scorecard_id: int) -> HttpResponse:
    """The cases in hand in the month, those with the most money first; `?paid=1` only those with money."""
    card, paid_only = card_of(scorecard_id), request.GET.get("paid") == "1"
    page = case_page(card, request.user, after=request.GET.get("after", ""), paid_only=paid_only)
    kept = {"paid": "1"} if paid_only else {}
    context = {
        "card": card,
        "page": page,
        "paid_only": paid_only,
        "previous_url": f"?{urlencode(kept)}" if request.GET.get("after") else "",
        "next_url": f"?{urlencode({**kept, 'after': page.after})}" if page.after else "",
    }
    return render(request, "vendors/scorecard/cases.html", context)


@requires(VIEW)
@require_GET
def complaints(request: SignedInRequest, scorecard_id: int) -> HttpResponse:
    """The complaints of the card's rate, as far as they are the reader's to see; of the others only how many."""
    card, today = card_of(scorecard_id), clock.business_date(clock.now())
    counted = complaints_of(card)
    seen = counted.for_user(request.user)
    subjects = Prefetch("subjects", ComplaintSubject.objects.select_related("user").order_by("about", "pk"))
    page = key_page(
        request, seen.select_related("debtor", "handler").defer(*LONG_TEXTS).prefetch_related(subjects)
    )  # fmt: skip
    whole = counted.count()
    context = {
        "card": card,
        "lines": complaint_lines(page.rows, request.user, today=today),
        "whole": whole,
        "hidden": whole - seen.count(),
        "may_open": has(request.user, "complaints.view"),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/scorecard/complaints.html", context)


@requires(VIEW)
@require_GET
def breaches(request: SignedInRequest, scorecard_id: int) -> HttpResponse:
    """The matters of the register that the card counts, as far as they are the reader's to see."""
    card, today = card_of(scorecard_id), clock.business_date(clock.now())
    conduct = conduct_of([card.agency], card.month, month_end(card.month), card.known_by)[card.agency_id]
    ids = [*conduct.critical, *conduct.breaches]
    seen = BreachCase.objects.for_user(request.user).filter(pk__in=ids)
    page = key_page(request, seen.with_all())
    context = {
        "card": card,
        "lines": breach_lines(page.rows, request.user, today),
        "critical": len(conduct.critical),
        "whole": len(ids),
        "hidden": len(ids) - seen.count(),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/scorecard/breaches.html", context)


@requires(VIEW)
@require_GET
def quality(request: SignedInRequest, scorecard_id: int) -> HttpResponse:
    """The checks of the card's mean, as far as they are the reader's to see; who checks again stays blind to the result."""
    card = card_of(scorecard_id)
    counted = checks_of(card)
    seen = QualityCheck.objects.for_user(request.user).filter(pk__in=counted.values("pk"))
    page = key_page(request, listed(seen))
    whole = counted.count()
    context = {
        "card": card,
        "rows": rows_of(request.user, page.rows),
        "whole": whole,
        "hidden": whole - seen.count(),
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "vendors/scorecard/quality.html", context)


@requires(VIEW)
@require_GET
def late_files(request: SignedInRequest, scorecard_id: int) -> HttpResponse:
    """Days of the month whose contacts were told late."""
    card = card_of(scorecard_id)
    allowed = FEED_DAYS.on(month_end(card.month))
    context = {"card": card, "days": late_days_of(card), "allowed": allowed}
    return render(request, "vendors/scorecard/late_files.html", context)
