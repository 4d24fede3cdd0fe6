"""Hard cases to talk about: the largest, those that nobody spoke to for longest, those complained of, those that broke their
word. Of each the first thirty, with masked names."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy

from cases.models import Case
from collection_ops.core.masking import mask_name
from collection_ops.core.sql import all_rows

MOST = 30
LABELS = {
    "largest": gettext_lazy("金额最大"),
    "silent": gettext_lazy("最久未联系"),
    "complained": gettext_lazy("有投诉"),
    "broken": gettext_lazy("未兑现承诺"),
}


def hard_cases(agency: Any, period: date, last: date, known_by: datetime) -> dict[str, list[dict[str, Any]]]:
    """Of what is in hand at the end of the month; `figure` of each is what it was chosen by. Five queries."""
    given = {
        "agency": agency.pk, "org": agency.desk.code, "first": period, "last": last, "known_by": known_by,
        "most": MOST, "zone": settings.TIME_ZONE,
    }  # fmt: skip
    chosen = {kind: dict(_rows(sql, given)) for kind, sql in _CHOSEN.items()}
    wanted = {case for found in chosen.values() for case in found}
    shown = _shown(sorted(wanted))
    return {
        kind: [{**shown[case], "figure": str(figure)} for case, figure in found.items() if case in shown]
        for kind, found in chosen.items()
    }


def _shown(cases: Sequence[int]) -> dict[int, dict[str, Any]]:
    rows = Case.objects.filter(pk__in=cases).select_related("loan__debtor")
    return {
        one.pk: {
            "case": one.pk,
            "name": mask_name(one.loan.debtor.name),
            "contract": f"***{one.loan.contract_no[-4:]}",
            "amount": str(one.total),
            "days": one.days_past_due,
            "stage": one.stage,
        }
        for one in rows
    }


# What is in hand at the end of the month, and whose it is.
_HELD = """
    WITH held AS (
        SELECT p.case_id, p.placed_on, c.total, l.debtor_id
        FROM vendors_placement p
        JOIN cases_case c ON c.id = p.case_id AND c.closed_on IS NULL
        JOIN cases_loan l ON l.id = p.loan_id
        WHERE p.agency_id = %(agency)s AND p.placed_on <= %(last)s
          AND (p.recalled_on IS NULL OR p.recalled_on > %(last)s))
"""
_CHOSEN = {
    "largest": "SELECT h.case_id, h.total FROM held h ORDER BY h.total DESC, h.case_id LIMIT %(most)s",
    # Days since somebody of the agency was last in touch, or since it has the case.
    "silent": """
        SELECT case_id, %(last)s::date - since FROM (
            SELECT h.case_id, greatest(h.placed_on, (
                SELECT max((a.started_at AT TIME ZONE %(zone)s)::date) FROM compliance_contactattempt a
                WHERE a.case_id = h.case_id AND a.org = %(org)s AND a.state = 'closed'
                  AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s)) AS since
            FROM held h) x
        WHERE since < %(last)s::date ORDER BY since, case_id LIMIT %(most)s""",
    "complained": """
        SELECT h.case_id, max(m.received_on) FROM held h
        JOIN compliance_complaint m ON m.debtor_id = h.debtor_id AND m.received_on BETWEEN %(first)s AND %(last)s
             AND m.recorded_at <= %(known_by)s
        JOIN compliance_complaintsubject s ON s.complaint_id = m.id AND s.org = %(org)s
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s""",
    "broken": """
        SELECT h.case_id, count(*) FROM held h
        JOIN cases_promise w ON w.case_id = h.case_id AND w.state = 'broken'
             AND w.due_on BETWEEN h.placed_on AND %(last)s
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(most)s""",
}


def _rows(sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
    return all_rows(_HELD + sql, given)
