"""March of one contract, as an accountant would check it: what was promised, what came in, what was kept.

Settings as shipped: kept from 1.00 yuan below the amount on, one day of grace. Everything goes through the services that
people use; the money through repayment files.
"""

import datetime as dt
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from cases.imports import run as runs
from cases.models import Case, ImportRun, Promise, PromiseMoney, RunKind
from cases.services.promise_money import differences
from cases.services.promises import cancel_promise, make_promise, rebuild_promises, settle_promises
from collection_ops.core.models import AuditEvent, User
from tests.cases.builders import desk_of, make_case
from tests.cases.imports.conftest import at

pytestmark = pytest.mark.django_db
CONTRACT = "HT-MARCH"


def march(day: int) -> dt.date:
    return dt.date(2026, 3, day)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(
        contract_no=CONTRACT, days=40, total="5000.00", as_of=march(1), opened_on=march(1), desk=desk_of(collector)
    )


@pytest.fixture
def promised(case: Case, collector: User) -> Any:
    """`promised("1000.00", made=2, due=5)` → the promise."""

    def promise(amount: str, *, made: int, due: int, **excepted: Any) -> Promise:
        case.refresh_from_db()
        return make_promise(
            case=case, amount=Decimal(amount), due_on=march(due), actor=collector, now=at(march(made), 15), **excepted
        )

    return promise


@pytest.fixture
def file_of(case: Case, tmp_path: Path) -> Any:
    """`file_of(6, "5,P1,400.00")` → the repayments file of 6 March, applied: day paid, serial number, amount, and the
    serial number that it takes back."""

    def book(day: int, *lines: str) -> ImportRun:
        rows = ["还款日期,流水号,还款金额,合同编号,原流水号"]
        for line in lines:
            paid_on, reference, amount, *original = line.split(",")
            rows.append(f"2026-03-{int(paid_on):02d},{reference},{amount},{CONTRACT},{(original or [''])[0]}")
        path = tmp_path / f"还款{day:02d}-{len(list(tmp_path.glob('还款*')))}.csv"
        path.write_text("\n".join(rows), encoding="utf-8")
        run = runs.import_file(
            path=path, source=case.loan.source, as_of=march(day), actor=None, now=at(march(day)), apply=True,
            kind=RunKind.REPAYMENTS,
        )  # fmt: skip
        assert run.state == "applied", (run.state, run.refusal, run.problem_counts)
        return run

    return book


def standing(promise: Promise) -> tuple[str, str, int | None]:
    promise.refresh_from_db()
    return promise.state, str(promise.paid), promise.settled_on.day if promise.settled_on else None


def night_of(day: int) -> int:
    return settle_promises(day=march(day))


def test_the_month(case, promised, file_of, supervisor):
    # 2 March: 1,000.00 by the 5th, and to the cent it comes on the 5th.
    exactly = promised("1000.00", made=2, due=5)
    assert (exactly.enough, exactly.counts_until) == (Decimal("999.00"), march(6))
    night_of(4)
    assert standing(exactly) == ("open", "0.00", None)
    file_of(6, "5,P1,1000.00")
    assert standing(exactly) == ("kept", "1000.00", 5)

    # 6 March: 800.00 by the 8th; 799.00 is within the tolerance of one yuan, 798.99 would not be.
    tolerated = promised("800.00", made=6, due=8)
    file_of(9, "8,P2,798.99")
    assert standing(tolerated) == ("open", "798.99", None)
    file_of(10, "9,P3,0.01")
    assert standing(tolerated) == ("kept", "799.00", 9), "one cent in the day of grace"

    # 10 March: 600.00 by the 12th, of which 250.00 comes.
    partly = promised("600.00", made=10, due=12)
    file_of(12, "11,P4,250.00")
    night_of(13)
    assert standing(partly) == ("open", "250.00", None), "the day of grace is not over"
    night_of(14)
    assert standing(partly) == ("part_kept", "250.00", 14)

    # A fourth within thirty days takes an exception; it is broken.
    broken = promised(
        "500.00", made=14, due=16, override_by=supervisor, override_reason="已核实工资到账日",
    )  # fmt: skip
    night_of(17)
    assert standing(broken) == ("open", "0.00", None)
    night_of(18)
    assert standing(broken) == ("broken", "0.00", 18)

    kept = Promise.objects.filter(state="kept")
    assert sum(one.paid for one in kept) == Decimal("1799.00")
    assert differences() == []
    assert PromiseMoney.objects.count() == 4


def test_money_that_comes_late_in_the_file_but_was_paid_in_grace_still_keeps_it(promised, file_of):
    promise = promised("1000.00", made=2, due=5)
    night_of(7)
    assert standing(promise) == ("broken", "0.00", 7)
    file_of(9, "6,P1,1000.00")  # paid on the day of grace, told three days later
    assert standing(promise) == ("kept", "1000.00", 6)


def test_money_paid_after_the_grace_or_before_the_promise_keeps_nothing(promised, file_of):
    promise = promised("1000.00", made=3, due=5)
    file_of(8, "2,P1,1000.00", "7,P2,1000.00")
    night_of(8)
    assert standing(promise) == ("broken", "0.00", 7)


def test_one_repayment_cannot_keep_two_promises_and_the_earlier_comes_first(promised, file_of, team_leader):
    later = promised("1000.00", made=2, due=6)
    earlier = promised("600.00", made=2, due=4, override_by=team_leader, override_reason="分两笔还")
    file_of(4, "3,P1,1600.00")
    night_of(8)
    assert standing(earlier) == ("kept", "1600.00", 3), "given whole, though it is more than was promised"
    assert standing(later) == ("broken", "0.00", 8)
    # With two payments both are kept.
    file_of(9, "5,P2,1000.00")
    assert standing(later) == ("kept", "1000.00", 5)
    assert list(PromiseMoney.objects.order_by("repayment").values_list("promise", flat=True)) == [
        earlier.pk,
        later.pk,
    ]


def test_claimed_money_never_counts(case, promised):
    from cases.services.repayments import Payment, record_repayments

    promise = promised("1000.00", made=2, due=5)
    claimed = {"contract_no": CONTRACT, "paid_on": march(3), "amount": Decimal("1000.00"), "status": "claimed"}
    record_repayments(
        payments=[Payment(reference="C1", **claimed)], source=case.loan.source, actor=None, now=at(march(3))
    )
    assert standing(promise) == ("open", "0.00", None)
    record_repayments(
        payments=[Payment(reference="P1", **{**claimed, "status": "confirmed"})], source=case.loan.source, actor=None,
        now=at(march(4)),
    )  # fmt: skip
    assert standing(promise) == ("kept", "1000.00", 3)


def test_a_reversal_turns_kept_into_broken_and_its_money_back(promised, file_of):
    promise = promised("1000.00", made=2, due=5)
    file_of(4, "3,P1,1000.00")
    assert standing(promise) == ("kept", "1000.00", 3)
    file_of(5, "4,R1,-1000.00,P1")
    assert standing(promise) == ("open", "0.00", None), "there is still time"
    night_of(7)
    assert standing(promise) == ("broken", "0.00", 7)
    turned = AuditEvent.objects.filter(action="promise.settled").order_by("pk").values_list("data", flat=True)
    assert [(one["from"], one["to"]) for one in turned] == [("open", "kept"), ("kept", "open"), ("open", "broken")]


def test_an_undone_import_turns_the_promises_of_its_money(case, promised, file_of):
    promise = promised("1000.00", made=2, due=5)
    run = file_of(4, "3,P1,1000.00")
    assert standing(promise) == ("kept", "1000.00", 3)
    runs.undo_run(run=run, actor=None, now=at(march(8)))
    assert standing(promise) == ("broken", "0.00", 7)
    assert not PromiseMoney.objects.exists()
    # Brought again, it is kept again.
    file_of(9, "3,P1,1000.00", "9,P9,1.00")
    assert standing(promise) == ("kept", "1000.00", 3)


def test_waiting_money_counts_once_it_is_matched_and_no_more_when_it_is_released(case, promised, clerk):
    from cases.models import Repayment
    from cases.services.matching import match_repayment, release_repayment

    promise = promised("1000.00", made=2, due=5)
    money = Repayment.objects.create(
        source=case.loan.source, contract_no="写错了", paid_on=march(4), amount=1000, status="confirmed"
    )
    match_repayment(repayment=money, contract_no=CONTRACT, actor=clerk, now=at(march(5)))
    assert standing(promise) == ("kept", "1000.00", 4)
    release_repayment(repayment=money, actor=clerk, now=at(march(5)))
    assert standing(promise) == ("open", "0.00", None)


def test_the_money_of_a_cancelled_promise_is_the_next_ones(promised, file_of, collector, team_leader):
    first = promised("2000.00", made=2, due=6)
    second = promised("900.00", made=2, due=8, override_by=team_leader, override_reason="分两笔还")
    file_of(4, "3,P1,900.00")
    assert (standing(first), standing(second)) == (("open", "900.00", None), ("open", "0.00", None))
    cancel_promise(promise=first, reason="听错了金额", actor=collector, now=at(march(4), 16))
    assert (standing(first), standing(second)) == (("cancelled", "0.00", 4), ("kept", "900.00", 3))


def test_a_promise_whose_case_ended_before_it_was_due_is_neither_kept_nor_broken(case, promised, supervisor):
    from cases.services.closing import close_case

    promise = promised("1000.00", made=2, due=5)
    close_case(case=case, reason="recalled", closed_on=march(4), actor=supervisor, now=at(march(4)))
    night_of(5)
    assert standing(promise) == ("open", "0.00", None)
    night_of(7)
    assert standing(promise) == ("cancelled", "0.00", 7)


def test_what_was_written_over_is_found_and_computed_again(promised, file_of):
    promise = promised("1000.00", made=2, due=5)
    file_of(4, "3,P1,1000.00")
    Promise.objects.filter(pk=promise.pk).update(state="broken", paid=0, settled_on=march(7))
    assert [one["promise"] for one in differences()] == [promise.pk]
    assert rebuild_promises(day=march(31)) == 1
    assert standing(promise) == ("kept", "1000.00", 3)
    assert differences() == []


def test_the_command_compares_repairs_and_settles(promised, file_of):
    promise = promised("1000.00", made=2, due=5)
    file_of(4, "3,P1,1000.00")
    Promise.objects.filter(pk=promise.pk).update(state="open", paid=0, settled_on=None)

    def told(*options: str) -> dict[str, Any]:
        out = StringIO()
        try:
            call_command("settle_promises", *options, "--json", stdout=out)
        except SystemExit as end:
            assert end.code == 2
        return dict(json.loads(out.getvalue()))

    assert [one["promise"] for one in told("--check")["differences"]] == [promise.pk]
    assert told()["changed"] == 1
    assert standing(promise) == ("kept", "1000.00", 3)
    assert (told("--check")["differences"], told("--rebuild")["changed"]) == ([], 0)


def test_the_night_settles_once_a_day_as_a_job(case, promised):
    from cases.tasks import settle_agreements
    from collection_ops.core.models import Job
    from collection_ops.core.services import jobs

    promise = promised("1000.00", made=2, due=5)
    for _ring in range(2):
        settle_agreements()
    job = Job.objects.get(kind="cases.settle_agreements")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["promises"]) == ("done", 1)
    assert standing(promise) == ("broken", "0.00", 7)
