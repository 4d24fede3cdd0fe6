"""A digest of the book's content: equal when two books say the same, whatever their surrogate ids.

It is the sum of one 64-bit hash a row, table by table, by natural keys: independent of the order of rows, computed inside
the database. Surrogate ids, encrypted texts (their blind indexes stand for them), provenance and moments of writing are
left out. It is for comparing (apply and undo, rebuilt and live), not against somebody who wants two books to collide.
"""

# ruff: noqa: S608  statements are put together from constants of this file only

import hashlib

from django.db import connection

from cases.models import Source

_LOAN = "s.code, l.contract_no"
_FROM_CASE = """
    JOIN cases_case c ON c.id = t.case_id JOIN cases_loan l ON l.id = c.loan_id JOIN cases_source s ON s.id = l.source_id
"""
_OF_SOURCE = "(%(source)s::bigint IS NULL OR s.id = %(source)s)"

_TABLES = {
    # A debtor is known by the contracts that name it: without an ID there is no other natural key.
    "debtor": f"""
        SELECT ROW(d.name, d.id_type, d.id_index, d.id_last4, string_agg(s.code || ' ' || l.contract_no, ','
                   ORDER BY s.code, l.contract_no))::text AS content
        FROM cases_debtor d LEFT JOIN cases_loan l ON l.debtor_id = d.id LEFT JOIN cases_source s ON s.id = l.source_id
        WHERE {_OF_SOURCE} GROUP BY d.id
    """,
    "contact_point": f"""
        SELECT ROW(p.kind, p.value_index, p.masked, p.relation, p.holder_name, p.status, p.verified_on, d.id_index,
                   d.id_type, CASE WHEN d.id_index = '' THEN min(s.code || ' ' || l.contract_no) END)::text AS content
        FROM cases_contactpoint p JOIN cases_debtor d ON d.id = p.debtor_id
        LEFT JOIN cases_loan l ON l.debtor_id = d.id LEFT JOIN cases_source s ON s.id = l.source_id
        WHERE {_OF_SOURCE} GROUP BY p.id, d.id
    """,
    "loan": f"""
        SELECT ROW({_LOAN}, l.product, l.region, l.credit_limit, l.disbursed_on)::text AS content
        FROM cases_loan l JOIN cases_source s ON s.id = l.source_id WHERE {_OF_SOURCE}
    """,
    "case": f"""
        SELECT ROW({_LOAN}, t.episode, t.opened_on, t.closed_on, t.close_reason, t.close_note, t.as_of,
                   t.days_past_due, t.due_date, t.principal, t.interest, t.penalty, t.fees, t.total, t.absent_since,
                   k.code)::text AS content
        FROM cases_case t JOIN cases_loan l ON l.id = t.loan_id JOIN cases_source s ON s.id = l.source_id
        LEFT JOIN cases_desk k ON k.id = t.desk_id WHERE {_OF_SOURCE}
    """,
    "position": f"""
        SELECT ROW({_LOAN}, c.episode, t.as_of, t.days_past_due, t.due_date, t.principal, t.interest, t.penalty,
                   t.fees, t.total)::text AS content
        FROM cases_position t {_FROM_CASE} WHERE {_OF_SOURCE}
    """,
    "absence": f"""
        SELECT ROW({_LOAN}, c.episode, t.as_of, t.reason, t.note)::text AS content
        FROM cases_absence t {_FROM_CASE} WHERE {_OF_SOURCE}
    """,
    # A reversal is known by the payment it takes back; that one is of the same source.
    "repayment": f"""
        SELECT ROW(s.code, t.contract_no, l.contract_no, t.paid_on, t.amount, t.status, t.reference, t.channel,
                   v.contract_no, v.paid_on, v.reference)::text AS content
        FROM cases_repayment t JOIN cases_source s ON s.id = t.source_id LEFT JOIN cases_loan l ON l.id = t.loan_id
        LEFT JOIN cases_repayment v ON v.id = t.reversal_of_id WHERE {_OF_SOURCE}
    """,
    "custody": f"""
        SELECT ROW({_LOAN}, c.episode, k.code, t.ended_at IS NULL, t.reason, (
                   SELECT count(*) FROM cases_custody e WHERE e.case_id = t.case_id AND e.started_at < t.started_at
               ))::text AS content
        FROM cases_custody t {_FROM_CASE} JOIN cases_desk k ON k.id = t.desk_id WHERE {_OF_SOURCE}
    """,
}


def book_hash(*, source: Source | None = None) -> str:
    """64 hex characters over the whole book, or over one source's part of it. Reads every row: seconds on a large book."""
    parts = []
    with connection.cursor() as cursor:
        for name, sql in _TABLES.items():
            cursor.execute(
                # Two seeds: 128 bits a table, as a sum that does not care for the order of rows.
                f"""SELECT count(*), coalesce(sum(hashtextextended(content, 0)::numeric), 0),
                           coalesce(sum(hashtextextended(content, 1)::numeric), 0) FROM ({sql}) rows""",
                {"source": source.pk if source else None},
            )
            parts.append(f"{name} {' '.join(str(part) for part in cursor.fetchone())}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
