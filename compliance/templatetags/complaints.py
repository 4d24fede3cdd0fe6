"""What templates ask about complaints."""

from django import template
from django.template import Context

from collection_ops.core import clock
from compliance.complaints.desk import Line, lines_of
from compliance.complaints.register import similar
from compliance.models import Complaint

register = template.Library()


@register.simple_tag(takes_context=True)
def join_candidates(context: Context, complaint: Complaint) -> list[Line]:
    """Open complaints of the same customer that the reader may see: what this one may be joined to."""
    if complaint.debtor is None or not complaint.is_open:
        return []
    now, user = clock.now(), context["request"].user
    found = [one.pk for one in similar(debtor=complaint.debtor, now=now) if one.is_open and one.pk != complaint.pk]
    rows = Complaint.objects.for_user(user).filter(pk__in=found).select_related("debtor", "handler")
    rows = rows.prefetch_related("subjects__user").order_by("-received_at", "-pk")
    return lines_of(rows, user, today=clock.business_date(now))
