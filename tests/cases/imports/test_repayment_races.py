"""The same money twice at once: one file books it, the other is told. The twin shows what the guard prevents."""

import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal

import pytest

from cases.imports import applying as applying_steps
from cases.imports import run as runs
from cases.imports.refusals import RunRefused
from cases.models import ImportRun, Repayment, RunKind, Source
from tests.core.races import at_once

from .conftest import DAY_1, DAY_3, at, debt

pytestmark = pytest.mark.django_db(transaction=True)

TEXT = "合同编号,还款日期,还款金额,备注\nHT00001,2026-03-03,20.00,{0}\nHT00001,2026-03-03,20.00,{0}\n"


@pytest.fixture
def two_previews(import_day, source: Source, tmp_path) -> list[ImportRun]:
    """Two files with the same two payments, told apart by a remark; neither has serial numbers."""
    import_day(DAY_1, [debt(1)])
    previews = []
    for name, text in (("a.csv", TEXT.format("")), ("b.csv", TEXT.format("补发"))):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        common = {"source": source, "as_of": DAY_3, "actor": None, "now": at(DAY_3)}
        previews.append(runs.import_file(path=path, kind=RunKind.REPAYMENTS, **common))
    return previews


def taking(run: ImportRun, wait: Callable[[], object] = lambda: None) -> Callable[[], ImportRun]:
    def take() -> ImportRun:
        mine = ImportRun.objects.get(pk=run.pk)
        wait()
        runs.start_applying(run=mine, accept_good_rows=False)
        return runs.apply_run(run=mine, actor=None, now=at(DAY_3))

    return take


def received() -> tuple[int, Decimal]:
    amounts = Repayment.objects.values_list("amount", flat=True)
    return len(amounts), sum(amounts, Decimal("0.00"))


def test_of_two_files_with_the_same_money_at_once_one_books_it(two_previews):
    barrier = threading.Barrier(2)

    def wait() -> None:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=20)

    results = at_once(*(taking(run, wait) for run in two_previews))
    refused = [result for result in results if isinstance(result, RunRefused)]
    assert len(refused) == 1, results
    assert refused[0].code in ("another_applying", "book_moved")
    assert received() == (2, Decimal("40.00"))
    # Tried again, the other one finds all its money booked.
    loser = ImportRun.objects.get(pk=two_previews[results.index(refused[0])].pk)
    if refused[0].code == "another_applying":
        with pytest.raises(RunRefused, match="book_moved"):
            taking(loser)()
    loser.refresh_from_db()
    assert (loser.differences["booked"]["count"], loser.differences["repeated"]["count"]) == (0, 2)


def test_twin_without_a_look_at_the_ground_the_money_is_booked_twice(two_previews, monkeypatch):
    monkeypatch.setattr(applying_steps, "_ground_has_moved", lambda run, source: None)
    for run in two_previews:
        taking(run)()
    assert received() == (4, Decimal("80.00"))
