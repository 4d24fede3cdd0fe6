"""A line names what is there, and what lines name stays; also where somebody deletes it at the same moment."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from cases.models import Repayment
from tests.cases.test_kept_keys import guard_off
from tests.core.races import at_once
from tests.vendors.settlement.house import a_case, a_version, an_agency, give, march_of, pay
from vendors.models import Placement, SettledRepayment, Settlement, SettlementLine

pytestmark = pytest.mark.django_db


def a_month() -> tuple[Placement, Repayment]:
    agency, case = an_agency("jia"), a_case()
    a_version(agency)
    return give(agency, case)[0], pay(case, dt.date(2026, 3, 5), "1000.00")


def deleted(table: str, pk: int) -> int:
    """By hand: the models themselves refuse it before."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE id = %s", [pk])
        return cursor.rowcount


def test_a_payment_or_placement_that_a_statement_names_is_not_deleted():
    placement, payment = a_month()
    other = pay(placement.case, dt.date(2026, 3, 7), "5.00", told=dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    march_of(placement.agency)
    for table, pk in (("cases_repayment", payment.pk), ("vendors_placement", placement.pk)):
        with pytest.raises(IntegrityError, match="still named"), transaction.atomic():
            deleted(table, pk)
    assert deleted("cases_repayment", other.pk) == 1


@pytest.mark.parametrize("column", ["settlement_id", "placement_id", "of_line_id"])
def test_a_line_of_what_is_not_there_is_refused(column):
    placement, _payment = a_month()
    settlement = march_of(placement.agency)
    right = {
        "settlement_id": settlement.pk, "placement_id": placement.pk, "of_line_id": settlement.lines.get().pk,
        "number": 2, "kind": "correction", "amount": 0, "rate": 0, "base": 0, "fee": 0,
    }  # fmt: skip
    with pytest.raises(IntegrityError, match="which is not there"), transaction.atomic():
        SettlementLine.objects.create(**right | {column: 987_654_321})
    SettlementLine.objects.create(**right)


def test_a_line_is_taken_back_once_and_corrected_beside_that():
    placement, _payment = a_month()
    settlement = march_of(placement.agency)
    again = {
        "settlement": settlement, "of_line": settlement.lines.get(), "amount": -1000, "rate": 0, "base": 0, "fee": 0,
    }  # fmt: skip
    SettlementLine.objects.create(**again, number=2, kind="clawback")
    with pytest.raises(IntegrityError, match="taken_back_once"), transaction.atomic():
        SettlementLine.objects.create(**again, number=3, kind="clawback")
    SettlementLine.objects.create(**again, number=3, kind="correction")


def test_a_charge_of_a_payment_that_is_not_there_is_refused():
    settlement = march_of(a_month()[0].agency)
    with pytest.raises(IntegrityError, match="which is not there"), transaction.atomic():
        SettledRepayment.objects.create(repayment_id=987_654_321, settlement=settlement)


@pytest.fixture
def undone_while_settled(transactional_db) -> Callable[[], list[Any]]:
    """One settles and one deletes the payment, each in a transaction that is still open when the other begins."""
    placement, payment = a_month()
    begun = [threading.Event(), threading.Event()]

    def act(mine: int, what: Callable[[], Any]) -> Callable[[], str]:
        def both() -> str:
            with transaction.atomic():
                what()
                begun[mine].set()
                begun[1 - mine].wait(0.7)
            return "done"

        return both

    return lambda: at_once(
        act(0, lambda: march_of(placement.agency)), act(1, lambda: deleted("cases_repayment", payment.pk))
    )


def test_of_a_payment_settled_and_deleted_at_once_one_is_refused(undone_while_settled):
    results = undone_while_settled()
    assert results.count("done") == 1, results
    assert Settlement.objects.exists() == Repayment.objects.exists()


def test_twin_without_the_guard_a_payment_is_charged_that_is_gone(undone_while_settled):
    with guard_off("cases_repayment", "cases_repayment_is_settled"):
        assert undone_while_settled() == ["done", "done"]
    assert SettledRepayment.objects.exists() and not Repayment.objects.exists()
