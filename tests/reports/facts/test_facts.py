"""Facts are the rows: whatever happens, in whatever order, each figure from facts is the figure from the rows, facts kept up
day by day are those of a rebuild, and what was printed once is printed again."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from cases.services.repayments import Payment, record_repayments
from collection_ops.core.money import ZERO
from reports.facts import keeping
from reports.facts.answers import STAND_ON, can_answer, figure
from reports.kpis import Answer, Dim, NoBook, Question, kpi
from reports.models import BookFact, ContactFact, DirtyDay, MoneyFact, ReachedFact, RollFact
from tests.reports.world import World, desks_for

WAYS: tuple[tuple[Dim, ...], ...] = (
    (),
    (Dim.STAGE,),
    (Dim.STAGE, Dim.PRODUCT),
    (Dim.PRODUCT, Dim.REGION),
    (Dim.DESK,),
    (Dim.TEAM, Dim.STAGE),
    (Dim.AGENCY,),
    (Dim.SOURCE,),
)
ONLY_SOURCE = {"money_in", "unmatched_money"}
ONLY_HOUSE = {"complaint_rate"}


def is_told_apart(name: str, by: tuple[Dim, ...]) -> bool:
    return not by if name in ONLY_HOUSE else name not in ONLY_SOURCE or set(by) <= {Dim.SOURCE}


@pytest.fixture
def world(source: Any, collector: Any, clerk: Any, tmp_path: Any) -> Any:
    desks = desks_for(collector)

    def make(seed: int) -> World:
        return World(seed=seed, source=source, desks=desks, actor=clerk, folder=tmp_path)

    return make


def months(last: dt.date) -> list[Question]:
    """The months up to `last`, the last one up to it."""
    found = [Question.of_month(last)]
    while found[-1].first > dt.date(2026, 2, 1):
        found.append(Question.of_month(found[-1].first - dt.timedelta(days=1)))
    return found


def asked(name: str, question: Question, **how: Any) -> dict[str, Any] | str:
    """The answer as plain data, without what days cannot be added up to; or that there is no book."""
    try:
        answer = kpi(name, question.narrowed(**how)) if how else figure(name, question)
    except NoBook as nothing:
        return str(nothing)
    return plain(answer)


def plain(answer: Answer) -> dict[str, Any]:
    data = answer.to_json()
    for line in (*data["lines"], data["total"]):
        line.get("parts", {}).pop("payers", None)
    # A group that has left every book is a nought from the facts and no line from the rows.
    data["lines"] = [
        line for line in data["lines"] if any(float(line[k]) for k in ("numerator", "denominator") if k in line)
    ]
    data.pop("known_by")
    return data


def every_question(last: dt.date) -> list[tuple[str, Question]]:
    return [
        (name, month.narrowed(by=by))
        for month in months(last)
        for name in STAND_ON
        for by in WAYS
        if is_told_apart(name, by)
    ]


def some(*seeds: int) -> Any:
    """The first two in every run, the rest where there is time."""
    marked = [seed if at < 2 else pytest.param(seed, marks=pytest.mark.slow) for at, seed in enumerate(seeds)]
    return pytest.mark.parametrize("seed", marked)


@some(*range(6))
def test_each_figure_from_facts_is_that_from_the_rows_and_a_rebuild_changes_nothing(db, world, seed):
    here = world(seed)
    by_facts = 0
    for _event in range(14):
        here.happen()
        keeping.refresh()
        assert not DirtyDay.objects.exists()
        if _event % 4 and _event != 13:
            continue
        for name, question in every_question(here.today):
            by_facts += can_answer(name, question)
            assert asked(name, question) == asked(name, question, facts=False), (name, question, here.said)
    assert by_facts > 100
    before = all_facts()
    keeping.rebuild()
    assert all_facts() == before, here.said


def all_facts() -> list[list[tuple[Any, ...]]]:
    found = []
    for model in (BookFact, MoneyFact, RollFact, ContactFact, ReachedFact):
        names = [field.name for field in model._meta.fields if field.name != "id"]
        found.append(sorted(model.objects.values_list(*names), key=str))
    return found


@some(*range(100, 106))
def test_what_was_known_at_a_moment_is_printed_again_to_the_last_cent(db, world, seed):
    here = world(seed)
    printed: list[tuple[dt.datetime, str, Question, Any]] = []
    for _event in range(14):
        here.happen()
        # Whether a note is overdue is told by the clock, not by a moment that only this story has.
        for name in STAND_ON.keys() - {"notes_in_time"}:
            ways = [by for by in ((), (Dim.STAGE, Dim.PRODUCT), (Dim.DESK, Dim.REGION)) if is_told_apart(name, by)]
            for question in [month.narrowed(by=by) for month in months(here.today)[:2] for by in ways]:
                printed.append((here.now, name, question, asked(name, question, facts=False)))
    for moment, name, question, was in printed:
        assert asked(name, question, known_by=moment) == was, (moment, name, question, here.said)


def test_the_same_facts_in_another_order_give_the_same_figures(db, world, source, clerk):
    here = world(7)
    here.a_file()
    here.now += dt.timedelta(days=1)
    payments = [(number, here.today - dt.timedelta(days=number % 3), number * 100 + number) for number in range(1, 9)]

    def book_money(order: list[tuple[int, dt.date, int]]) -> list[Any]:
        with transaction.atomic():
            for number, day, cents in order:
                record_repayments(
                    payments=[Payment(contract_no=f"HT{number:05d}", paid_on=day, amount=Decimal(cents) / 100)],
                    source=source,
                    actor=clerk,
                    now=here.now,
                )
            answers = [asked(name, question, facts=False) for name, question in every_question(here.today)]
            transaction.set_rollback(True)
        return answers

    forward = book_money(payments)
    assert book_money(list(reversed(payments))) == forward
    assert any(isinstance(one, dict) and one["total"]["numerator"] != str(ZERO) for one in forward)
