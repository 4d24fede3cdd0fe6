"""Payments that agencies claim: written down, and matched with the confirmed money that came. Neither makes them money."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import connection, transaction

from collection_ops.core import clock
from collection_ops.core.dated_settings import values_on
from vendors.models import Agency, PaymentClaim, ReturnedFile
from vendors.returns.decide import Decision
from vendors.returns.limits import MATCH_DAYS, REMITTED_UNTIL

AT_ONCE = 5_000


def take_turn(agency_id: int) -> None:
    """One at a time tells for an agency, until the transaction ends: of two who send one reference, the second finds the
    first's. The agency's row stays free for those who edit it meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"vendors.returns:{agency_id}"])


def write_claims(
    decisions: Iterable[Decision], *, agency: Agency, now: datetime, file: ReturnedFile | None = None
) -> list[PaymentClaim]:
    """Claims that were found fine, in the agency's turn; in their order."""
    rows = []
    for one in decisions:
        assert one.held is not None
        said = one.row.said
        rows.append(
            PaymentClaim(
                agency=agency, loan_id=one.held.loan_id, case_id=one.held.case_id, paid_on=said["paid_on"],
                amount=said["amount"], place=said["place"], reference=one.reference, file=file, claimed_at=now,
            )
        )  # fmt: skip
    return PaymentClaim.objects.bulk_create(rows, batch_size=AT_ONCE)


_NOT_TAKEN_BACK = "NOT EXISTS (SELECT FROM cases_repayment b WHERE b.reversal_of_id = r.id)"
_RELEASE = f"""
    UPDATE vendors_paymentclaim c SET repayment_id = NULL FROM cases_repayment r
    WHERE r.id = c.repayment_id AND NOT ({_NOT_TAKEN_BACK}) AND (%(agencies)s IS NULL OR c.agency_id = ANY(%(agencies)s))
"""  # noqa: S608  constants of this file
# Each claim and each payment name the other that lies nearest, the older of two as near: the nearest pair of all always
# names each other, so that every round matches some until none are left. A cash collection is remitted later than it was
# paid, and is looked for longer.
_ROUND = f"""
    WITH pairs AS (
        SELECT c.id AS claim, r.id AS repayment, abs(r.paid_on - c.paid_on) AS apart
        FROM vendors_paymentclaim c
        JOIN cases_repayment r ON r.loan_id = c.loan_id AND r.amount = c.amount AND r.status = 'confirmed'
         AND r.reversal_of_id IS NULL
         AND r.paid_on BETWEEN c.paid_on - %(days)s
                           AND c.paid_on + CASE c.place WHEN 'agency' THEN %(until)s ELSE %(days)s END
        WHERE c.repayment_id IS NULL AND (%(agencies)s IS NULL OR c.agency_id = ANY(%(agencies)s)) AND {_NOT_TAKEN_BACK}
          AND NOT EXISTS (SELECT FROM vendors_paymentclaim o WHERE o.repayment_id = r.id)
    ), ranked AS (
        SELECT claim, repayment, row_number() OVER (PARTITION BY claim ORDER BY apart, repayment) AS of_claim,
               row_number() OVER (PARTITION BY repayment ORDER BY apart, claim) AS of_repayment
        FROM pairs
    )
    UPDATE vendors_paymentclaim c SET repayment_id = m.repayment FROM ranked m
    WHERE c.id = m.claim AND m.of_claim = 1 AND m.of_repayment = 1
"""  # noqa: S608  constants of this file


def match_claims(*, now: datetime, agencies: Sequence[int] | None = None) -> int:
    """Find the confirmed payment of each claim that has none: the same contract and amount, a day near enough. Let go what
    was taken back since. A repayment is one claim's. Returns how many were matched. Safe to repeat."""
    found = values_on(clock.business_date(now), [MATCH_DAYS, REMITTED_UNTIL])
    given = {
        "days": found[MATCH_DAYS.name], "until": max(found[MATCH_DAYS.name], found[REMITTED_UNTIL.name]),
        "agencies": None if agencies is None else list(agencies),
    }  # fmt: skip
    matched = 0
    with transaction.atomic(), connection.cursor() as cursor:
        # Two that match at once would both see a payment as free.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('vendors_match_claims'))")
        cursor.execute(_RELEASE, given)
        while True:
            cursor.execute(_ROUND, given)
            if not cursor.rowcount:
                return matched
            matched += cursor.rowcount
