"""Any order of the same facts gives the same figures, and a report of then is printed again to the last cent."""

import json
import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from cases.imports import run as runs
from cases.models import CloseReason, Repayment
from cases.services import cache
from cases.services.closing import close_case, reopen
from cases.services.matching import match_repayment, release_repayment
from cases.services.promises import cancel_promise, make_promise
from cases.services.repayments import Payment, record_repayments
from compliance.gate import open_attempt
from compliance.services.log import close_attempt
from reports.kpis import Dim, NoBook, Question, catalogue, kpi
from reports.models import InputKind
from reports.services.kpi_inputs import Figure, enter
from tests.cases.builders import desk_of
from tests.cases.imports.conftest import case_of, debt
from tests.cases.imports.test_standing import answered
from tests.reports.kpis.builders import at, call, hand_over, in_hand, march, own_number, pay

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("codes")]
# Attendance and the team of a person have no moment of being learned, and nor does the holder of a payment taken back.
NOT_EXACT = {"money_per_head"}
WAYS = ((), (Dim.STAGE,), (Dim.DESK,), (Dim.SOURCE,), (Dim.AGENCY,))


def printed(first: date, last: date, known_by: datetime | None) -> dict[str, str]:
    """Every figure of the catalogue, in every way, as JSON."""
    found = {}
    for name, definition in catalogue().items():
        if name in NOT_EXACT:
            continue
        for by in WAYS:
            if set(by) <= set(definition.dims):
                try:
                    answer = kpi(name, Question(first=first, as_of=last, by=by, known_by=known_by))
                except NoBook:
                    continue
                found[f"{name} {by}"] = json.dumps(answer.to_json(), ensure_ascii=False, sort_keys=True)
    return found


def same(before: dict[str, str], after: dict[str, str]) -> None:
    assert before
    assert {name: after.get(name) for name in before if after.get(name) != before[name]} == {}
    assert before.keys() == after.keys()


@pytest.fixture
def month(import_day, source, collector, supervisor, finance):
    """March as it was on the evening of the 20th: files, calls, promises, money, an end. And what is still to come."""
    everybody = [debt(n, days=40 + n) for n in range(1, 7)]
    import_day(march(2), everybody)
    import_day(march(9), [*everybody[:5], debt(7, days=3)])
    import_day(march(16), [*everybody[:4], debt(7, days=10), debt(8, days=2)])
    for n in range(1, 8):
        hand_over(case_of(n), desk_of(collector), 9 if n == 7 else 2)
    for n in (1, 2, 3):
        call(case_of(n), collector, 10, "right_party", code="PTP", seconds=60)
        make_promise(
            case=case_of(n), amount=Decimal("500.00"), due_on=march(12), actor=collector, now=at(10, "10:30"),
            override_by=supervisor, override_reason="核实",
        )  # fmt: skip
    pay(case_of(1), 12, "500.00")
    record_repayments(
        payments=[Payment(contract_no="别处", paid_on=march(11), amount=Decimal("70.00"), reference="W1")],
        source=source, actor=None, now=at(12),
    )  # fmt: skip
    waiting = Repayment.objects.get(reference="W1")
    match_repayment(repayment=waiting, contract_no="HT00004", actor=supervisor, now=at(13))
    close_case(case=case_of(6), reason=CloseReason.PAID, closed_on=march(9), actor=None, now=at(14))
    enter(
        figure=Figure(march(1), InputKind.AMOUNT_DUE, Decimal("9000.00")), actor=finance, today=march(20), now=at(15)
    )  # fmt: skip
    attempt = open_attempt(case=case_of(5), point=own_number(case_of(5)), actor=collector, now=at(20, "17:00")).attempt
    undone = import_day(march(20), [*everybody[:3], debt(4, days=0), debt(8, days=6)], now=at(20, "17:30"))
    assert undone.state == "applied"
    return {"undone": undone, "waiting": waiting, "attempt": attempt}


LATER: dict[str, Any] = {
    "money that came late": lambda now, m, p: pay(case_of(2), 12, "500.00", known=now),
    "an attempt told about": lambda now, m, p: close_attempt(
        attempt=m["attempt"], actor=p["collector"], now=now, result="right_party"
    ),
    "a match released": lambda now, m, p: release_repayment(repayment=m["waiting"], actor=p["supervisor"], now=now),
    "a file taken back": lambda now, m, p: runs.undo_run(run=m["undone"], actor=None, now=now, partial=True),
    "a corrected file": lambda now, m, p: _corrected(p["import_day"], now),
    "a case opened again": lambda now, m, p: _reopen(case_of(6), now),
    "a promise taken back": lambda now, m, p: cancel_promise(
        promise=case_of(3).promises.get(), reason="听错了", actor=p["supervisor"], now=now
    ),
    "an input corrected": lambda now, m, p: enter(
        figure=Figure(march(1), InputKind.AMOUNT_DUE, Decimal("8000.00")), actor=p["finance"], today=now.date(), now=now
    ),
    "a contact told later": lambda now, m, p: call(case_of(4), p["collector"], 11, "right_party", told=now),
    "a case handed over": lambda now, m, p: hand_over(case_of(4), desk_of(p["supervisor"]), 22),
}


def _corrected(import_day, now):
    """The book of the 20th once more: other balances, and contract 3 is not in it."""
    rows = [debt(1, days=58, total="900.00"), debt(2, days=58), debt(4, days=0), debt(8, days=6), debt(7, days=14)]
    run = answered(import_day(march(20), rows, now=now), now, standing="correction")
    assert run.state == "applied", (run.state, run.refusal)


def _reopen(case, now):
    with transaction.atomic():
        reopen(case_ids=[case.pk], now=now)
        cache.repair()


@pytest.fixture
def people(import_day, collector, supervisor, finance):
    return {"import_day": import_day, "collector": collector, "supervisor": supervisor, "finance": finance}


@pytest.mark.parametrize("what", LATER)
def test_what_is_learned_later_changes_no_report_of_before(month, people, what):
    then = at(20, "18:00")
    before = printed(march(3), march(20), then)
    now_before = printed(march(3), march(20), None)
    LATER[what](at(22, "12:00") + timedelta(days=1), month, people)
    same(before, printed(march(3), march(20), then))
    if what != "a case handed over":  # after the period it changes nothing at all
        assert printed(march(3), march(20), None) != now_before


def test_all_of_it_together_changes_no_report_of_before(month, people):
    then = at(20, "18:00")
    before = printed(march(3), march(20), then)
    for n, what in enumerate(what for what in LATER if what not in ("a file taken back",)):
        LATER[what](at(23, "08:00") + timedelta(hours=n), month, people)
    same(before, printed(march(3), march(20), then))


@pytest.mark.parametrize("seed", range(3))
def test_any_order_of_the_same_facts_gives_the_same_figures(collector, supervisor, seed):
    cases = [in_hand(desk_of(collector), days=20 + 30 * n, total="3000.00") for n in range(4)]
    results = ("no_answer", "right_party", "connected", "voicemail", "third_party")
    facts: list[Any] = []
    for n, case in enumerate(cases):
        for day in (2, 3, 4):
            facts.append(
                lambda c=case, d=day, r=results[(n + day) % 5]: call(c, collector, d, r, clock=f"{9 + d:02d}:00")
            )
        facts.append(lambda c=case, d=5 + n: pay(c, d, "250.00"))
        facts.append(lambda c=case: pay(c, 6, "300.00"))
    facts.append(lambda: close_case(case=cases[3], reason=CloseReason.PAID, closed_on=march(9), actor=None, now=at(9)))
    shuffled = facts[:]
    random.Random(seed).shuffle(shuffled)
    found = []
    for order in (facts, shuffled):
        with transaction.atomic():
            for fact in order:
                fact()
            found.append(printed(march(2), march(10), None))
            transaction.set_rollback(True)
    same(*found)


@pytest.mark.parametrize("known_by", [None, at(31)])
def test_every_figure_costs_the_same_number_of_queries_whatever_there_is(collector, import_day, known_by):
    def asked() -> dict[str, int]:
        costs = {}
        for name, definition in catalogue().items():
            for by in ((), tuple(dim for dim in definition.dims if dim not in (Dim.COHORT, Dim.AGE))[:1]):
                with CaptureQueriesContext(connection) as queries:
                    kpi(name, Question(first=march(3), as_of=march(20), by=by, known_by=known_by))
                costs[f"{name} {by}"] = len(queries)
        return costs

    import_day(march(2), [debt(1)])
    case = in_hand(desk_of(collector))
    call(case, collector, 4, "right_party")
    pay(case, 5, "10.00")
    _promised(case, collector)
    few = asked()
    import_day(march(10), [debt(n) for n in range(2, 12)])
    for _n in range(5):
        case = in_hand(desk_of(collector))
        for day in (4, 5, 6):
            call(case, collector, day, "right_party")
        pay(case, 6, "10.00")
        _promised(case, collector)
    many = asked()
    assert {name: (few[name], many[name]) for name in few if few[name] != many[name]} == {}
    assert max(many.values()) <= 12, many


def _promised(case, collector):
    case.refresh_from_db()
    make_promise(case=case, amount=Decimal("800.00"), due_on=march(8), actor=collector, now=at(6))
