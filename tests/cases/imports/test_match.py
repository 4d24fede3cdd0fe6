"""Comparing a file with the book: what is new, known, back, gone."""

from decimal import Decimal

from cases.imports.booking.book_hash import book_hash
from cases.models import ImportProblem, ImportRow

from .conftest import DAY_1, DAY_2, DAY_3, case_of, debt, person


def test_contracts_are_new_in_the_first_file_and_known_in_the_next(import_day):
    first = import_day(DAY_1, [debt(1), debt(2)])
    assert first.differences["new"] == {"count": 2, "amount": "2000.00"}
    second = import_day(DAY_2, [debt(1, days=46), debt(3)], apply=False)
    assert second.differences["continuing"] == {"count": 1, "amount": "1000.00"}
    assert second.differences["new"] == {"count": 1, "amount": "1000.00"}
    assert second.differences["absent"] == {"count": 1, "amount": "1000.00"}


def test_a_preview_leaves_the_book_as_it_was(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    before = book_hash()
    assert import_day(DAY_2, [debt(1, days=46, total="900.00"), debt(3)], apply=False).state == "preview"
    assert book_hash() == before


def test_balances_and_stages_are_compared_with_the_last_position(import_day):
    import_day(DAY_1, [debt(1, days=30), debt(2, days=45), debt(3, days=61), debt(4, days=45)])
    run = import_day(
        DAY_2,
        [
            debt(1, days=31, total="1010.00"),  # M1 → M2
            debt(2, days=46, total="400.00"),
            debt(3, days=60, total="1000.00"),  # M3 → M2
            debt(4, days=46),
        ],
        apply=False,
    )
    found = {kind: figure["count"] for kind, figure in run.differences.items()}
    assert (found["rolled_forward"], found["rolled_back"], found["same_stage"]) == (1, 1, 2)
    assert (found["balance_up"], found["paid_down"], found["unchanged"]) == (1, 1, 1)
    assert run.differences["paid_down"]["amount"] == "400.00"
    row = ImportRow.objects.get(run=run, contract_no="HT00002")
    assert (row.old_total, row.total, row.old_days, row.paid_down) == (Decimal("1000.00"), Decimal("400.00"), 45, True)


def test_a_debt_that_began_after_it_was_last_seen_is_a_new_episode_and_another_continues(import_day):
    import_day(DAY_1, [debt(1, days=40), debt(2, days=40), debt(3)])
    import_day(DAY_2, [debt(3, days=46)])
    # Contract 1 is one day overdue on the third day: the old debt was cleared in between. Contract 2 never stopped.
    run = import_day(DAY_3, [debt(1, days=1), debt(2, days=42), debt(3, days=47)], apply=False)
    assert run.differences["reentered"] == {
        "count": 2,
        "amount": "2000.00",
        "new_episode": {"count": 1, "amount": "1000.00"},
        "continued": {"count": 1, "amount": "1000.00"},
    }
    kinds = dict(ImportRow.objects.filter(run=run).values_list("contract_no", "difference"))
    assert kinds == {"HT00001": "reentered", "HT00002": "returned", "HT00003": "known"}


def test_a_contract_whose_row_cannot_be_read_is_not_absent(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    run = import_day(DAY_2, [debt(1, days=46), debt(2, 逾期天数="三十")], accept_good_rows=True)
    assert run.state == "applied"
    assert run.row_counts["rejected"] == 1
    assert run.differences["absent"]["count"] == 0
    assert case_of(2).absent_since is None


def test_another_sources_cases_are_neither_known_nor_absent(import_day, other_source):
    import_day(DAY_1, [debt(1), debt(2)])
    run = import_day(DAY_2, [debt(1)], into=other_source, apply=False)
    assert run.differences["new"]["count"] == 1
    assert run.differences["absent"]["count"] == 0


def test_a_contract_with_another_persons_id_keeps_its_debtor_and_is_noted(import_day):
    import_day(DAY_1, [debt(1)])
    debtor = case_of(1).loan.debtor_id
    run = import_day(DAY_2, [debt(1, days=46, 证件号码=person(9))])
    assert case_of(1).loan.debtor_id == debtor
    problem = ImportProblem.objects.get(run=run, code="id_differs_from_book")
    assert problem.row_number == 2
    assert person(9) not in problem.value
    # A row whose ID agrees is not noted.
    assert not ImportProblem.objects.filter(run=import_day(DAY_3, [debt(1, days=47)])).exists()


def test_stages_are_summed_before_and_after(import_day):
    import_day(DAY_1, [debt(1, days=30, total="100.00"), debt(2, days=200, total="7.25")])
    run = import_day(DAY_2, [debt(1, days=31, total="101.10")], apply=False)
    assert run.stages_before["M1"]["total"] == "100.00"
    assert run.stages_before["M7+"] == {
        "count": 1,
        "total": "7.25",
        "principal": "7.25",
        "interest": "0.00",
        "penalty": "0.00",
        "fees": "0.00",
    }
    assert run.stages_after["M2"]["count"] == 1
    assert run.stages_after["M7+"]["count"] == 0
