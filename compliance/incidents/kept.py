"""While an incident is not closed, no record of the persons it touches is removed."""

from django.utils.translation import gettext_lazy as _

from compliance.keeping.overdue import spare

spare(
    "incident",
    _("重大风险处理中"),
    """
    SELECT l.debtor_id FROM compliance_incident i
    JOIN cases_case c ON c.id = i.case_id JOIN cases_loan l ON l.id = c.loan_id WHERE i.closed_at IS NULL
    UNION SELECT h.debtor_id FROM compliance_incident i JOIN cases_hold h ON h.id = i.hold_id WHERE i.closed_at IS NULL
    UNION SELECT p.debtor_id FROM compliance_incident i JOIN compliance_complaint p ON p.id = i.complaint_id
    WHERE i.closed_at IS NULL AND p.debtor_id IS NOT NULL
    """,
)
