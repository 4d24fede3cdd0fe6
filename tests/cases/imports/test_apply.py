"""Writing a file into the book."""

from decimal import Decimal

import pytest

from cases import invariants
from cases.imports import run as runs
from cases.imports.booking.book_hash import book_hash
from cases.models import Absence, Case, ContactPoint, Custody, Debtor, ImportChange, Loan, Position
from collection_ops.core.models import AuditEvent

from .conftest import DAY_1, DAY_2, DAY_3, DAY_4, at, case_of, debt

CHECKS = [
    invariants.cases_repeat_their_facts,
    invariants.one_open_custody,
    invariants.batches_reconcile,
    invariants.applied_runs_have_their_positions,
    invariants.only_applied_runs_have_positions,
    invariants.one_file_once,
    invariants.rejected_rows_have_a_reason,
]


@pytest.fixture(autouse=True)
def _book_is_sound(db):
    yield
    for check in CHECKS:
        assert check() == [], check.__name__


def test_a_new_case_starts_in_the_pool(import_day, clerk):
    run = import_day(DAY_1, [debt(1, days=45, total="1234.56")], actor=clerk)
    case = case_of(1)
    assert (case.episode, case.opened_on, case.as_of, case.days_past_due, case.stage) == (1, DAY_1, DAY_1, 45, 2)
    assert case.total == Decimal("1234.56")
    assert case.desk.kind == "pool"
    custody = Custody.objects.get(case=case)
    assert (custody.desk, custody.ended_at, custody.moved_by) == (case.desk, None, clerk)
    position = Position.objects.get(case=case)
    assert (position.run_id, position.recorded_at) == (run.pk, at(DAY_1))
    assert case.last_row == position.row
    event = AuditEvent.objects.get(action="import.applied")
    assert event.actor == clerk
    assert event.data["written"]["cases_opened"] == 1


def test_two_contracts_of_one_id_belong_to_one_person_and_a_name_joins_nobody(import_day):
    import_day(
        DAY_1,
        [
            debt(1),
            debt(2, 证件号码=debt(1)["证件号码"], 证件类型=""),  # the type is known from the number
            debt(3, 客户姓名=debt(1)["客户姓名"], 证件号码="", 手机号=debt(1)["手机号"]),
        ],
    )
    assert case_of(1).loan.debtor_id == case_of(2).loan.debtor_id
    assert case_of(3).loan.debtor_id != case_of(1).loan.debtor_id
    assert Debtor.objects.count() == 2


def test_one_person_in_two_sources_is_one_debtor(import_day, other_source):
    import_day(DAY_1, [debt(1)])
    import_day(DAY_1, [debt(1, 合同编号="XD1")], into=other_source)
    assert Debtor.objects.count() == 1
    assert Loan.objects.count() == 2


def test_a_wrong_id_finds_nobody_and_is_kept_as_written(import_day):
    wrong = debt(1)["证件号码"][:-1] + ("1" if debt(1)["证件号码"][-1] != "1" else "2")
    import_day(DAY_1, [debt(1, 证件号码=wrong), debt(2, 证件号码=wrong)])
    assert Debtor.objects.count() == 2
    assert {d.id_no for d in Debtor.objects.all()} == {wrong}
    assert set(Debtor.objects.values_list("id_index", flat=True)) == {""}


def test_what_the_file_no_longer_lists_is_absent_and_not_paid(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    run = import_day(DAY_2, [debt(1, days=46)])
    gone = case_of(2)
    assert gone.is_open
    assert gone.absent_since == DAY_2
    assert (gone.as_of, gone.total) == (DAY_1, Decimal("1000.00"))
    absence = Absence.objects.get()
    assert (absence.case, absence.as_of, absence.run, absence.reason) == (gone, DAY_2, run, "")
    # A third file that lacks it too asks no second time.
    import_day(DAY_3, [debt(1, days=47)])
    assert Absence.objects.count() == 1


def test_a_debt_that_never_ended_goes_on_with_its_case(import_day):
    import_day(DAY_1, [debt(1, days=40), debt(2)])
    import_day(DAY_2, [debt(2, days=46)])
    back = import_day(DAY_3, [debt(1, days=42, total="990.00"), debt(2, days=47)])
    case = case_of(1)
    assert (case.episode, case.absent_since, case.as_of, case.total) == (1, None, DAY_3, Decimal("990.00"))
    absence = Absence.objects.get(case=case)
    assert (absence.reason, absence.explained_by_run, absence.explained_at) == ("returned", back, at(DAY_3))


def test_a_debt_that_was_cleared_in_between_comes_back_as_a_new_episode(import_day):
    import_day(DAY_1, [debt(1, days=40), debt(2)])
    import_day(DAY_2, [debt(2, days=46)])
    back = import_day(DAY_3, [debt(1, days=1), debt(2, days=47)])
    old, new = case_of(1, episode=1), case_of(1, episode=2)
    assert (old.closed_on, old.close_reason, old.closed_by_run, old.desk) == (DAY_2, "cured", back, None)
    assert Absence.objects.get(case=old).reason == "cured"
    assert Custody.objects.get(case=old).ended_at == at(DAY_3)
    assert (new.opened_on, new.days_past_due, new.desk.kind) == (DAY_3, 1, "pool")
    assert new.loan_id == old.loan_id


def test_a_case_closed_by_hand_comes_back_as_a_new_episode(import_day, supervisor):
    from cases.models import CloseReason
    from cases.services.closing import close_case

    import_day(DAY_1, [debt(1), debt(2)])
    close_case(case=case_of(1), reason=CloseReason.SETTLED, closed_on=DAY_1, actor=supervisor, now=at(DAY_1, 12))
    run = import_day(DAY_2, [debt(1, days=46), debt(2, days=46)])
    assert run.differences["reentered"]["new_episode"]["count"] == 1
    assert [c.episode for c in Case.objects.filter(loan__contract_no="HT00001").order_by("pk")] == [1, 2]


def test_changed_attributes_are_overwritten_and_kept(import_day):
    import_day(DAY_1, [debt(1), debt(2)])
    run = import_day(
        DAY_2, [debt(1, days=46, 产品="信用贷", 授信额度="60000", 客户姓名="张一"), debt(2, days=46, 产品="")]
    )
    loan = case_of(1).loan
    assert (loan.product, loan.credit_limit, loan.debtor.name) == ("信用贷", Decimal("60000.00"), "张一")
    assert case_of(2).loan.product == "消费分期"  # an empty cell says nothing
    changes = {c.table: (c.before, c.after) for c in ImportChange.objects.filter(run=run)}
    assert changes["loan"] == (
        {"product": "消费分期", "credit_limit": "50000.00"},
        {"product": "信用贷", "credit_limit": "60000.00"},
    )
    assert changes["debtor"] == ({"name": "张乙"}, {"name": "张一"})


def test_an_id_that_comes_later_is_given_to_the_debtor_and_joins_loans_of_one_person(import_day):
    import_day(DAY_1, [debt(1, 证件号码=""), debt(2, 证件号码=""), debt(3)])
    import_day(DAY_2, [debt(1, days=46), debt(2, days=46, 证件号码=debt(1)["证件号码"]), debt(3, days=46)])
    first, second = case_of(1).loan, case_of(2).loan
    assert first.debtor_id == second.debtor_id
    assert first.debtor.id_no == debt(1)["证件号码"]
    assert first.debtor.id_last4 == debt(1)["证件号码"][-4:]


def test_contact_points_are_added_and_what_people_found_out_stays(import_day):
    import_day(DAY_1, [debt(1)])
    point = ContactPoint.objects.get()
    assert (point.value, point.masked, point.kind, point.relation) == ("15400000001", "154****0001", "phone", "")
    ContactPoint.objects.update(status="dead")
    import_day(DAY_2, [debt(1, days=46, 手机号="154 0000 0001 / 15400000077")])
    assert sorted(ContactPoint.objects.values_list("masked", "status")) == [
        ("154****0001", "dead"),
        ("154****0077", "unverified"),
    ]


def test_personal_numbers_are_not_readable_in_the_tables(import_day, rows_written):
    from django.db import connection

    import_day(DAY_1, [debt(1)])
    with connection.cursor() as cursor:
        for table in ("cases_debtor", "cases_contactpoint", "cases_importrow"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM \"{table}\" t")
            text = cursor.fetchone()[0]
            assert "15400000001" not in text, table
            assert debt(1)["证件号码"] not in text, table


def test_applying_again_changes_nothing(import_day):
    run = import_day(DAY_1, [debt(1), debt(2)])
    before = book_hash()
    runs.apply_run(run=run, actor=None, now=at(DAY_2))
    assert book_hash() == before
    assert AuditEvent.objects.filter(action="import.applied").count() == 1


def test_the_same_file_again_is_refused_with_when_and_by_whom(import_day, clerk, tmp_path):
    run = import_day(DAY_1, [debt(1)], actor=clerk)
    again = import_day(DAY_1, [debt(1)], actor=clerk)
    assert (again.state, again.refusal["code"]) == ("refused", "already_imported")
    assert again.refusal["params"] == {"at": "2026-03-02 08:15", "by": "舒专员", "run": run.pk}


def test_another_file_for_the_same_day_and_an_older_day_are_asked_about(import_day):
    import_day(DAY_2, [debt(1)])
    same = import_day(DAY_2, [debt(1, total="999.00")])
    assert (same.state, [question["code"] for question in same.questions]) == ("asking", ["ask_correction"])
    older = import_day(DAY_1, [debt(1, total="998.00")])
    assert (older.state, [question["code"] for question in older.questions]) == ("asking", ["ask_history"])
    assert case_of(1).total == Decimal("1000.00")


def test_good_rows_go_in_without_the_bad_ones_only_when_somebody_says_so(import_day):
    rows = [debt(1), debt(2, 逾期天数="三十")]
    held = import_day(DAY_1, rows)
    assert (held.state, held.refusal["code"]) == ("preview", "rows_rejected")
    assert Case.objects.count() == 0
    assert import_day(DAY_1, rows, accept_good_rows=True).state == "applied"
    assert Case.objects.count() == 1


def test_a_file_without_one_good_row_is_refused(import_day):
    import_day(DAY_1, [debt(1)])
    run = import_day(DAY_2, [debt(1, 逾期天数="三十")], accept_good_rows=True)
    assert (run.state, run.refusal["code"]) == ("refused", "no_accepted_rows")
    assert case_of(1).absent_since is None


def test_repeated_identical_rows_need_no_word_from_anybody(import_day):
    run = import_day(DAY_1, [debt(1), debt(1), debt(2)])
    assert run.state == "applied"
    assert run.row_counts == {"read": 3, "accepted": 2, "rejected": 1, "skipped": 0}


def test_an_explained_cut_file_asks_again_and_paid_closes(import_day, supervisor):
    from cases.models import AbsenceReason
    from cases.services import absences

    import_day(DAY_1, [debt(1), debt(2), debt(3)])
    import_day(DAY_2, [debt(1, days=46)])
    cut = Absence.objects.get(case=case_of(2))
    absences.explain(absence=cut, reason=AbsenceReason.FILE_CUT, actor=supervisor, now=at(DAY_2, 12))
    assert case_of(2).is_open
    assert case_of(2).absent_since is None
    paid = Absence.objects.get(case=case_of(3))
    absences.explain(absence=paid, reason=AbsenceReason.PAID, actor=supervisor, now=at(DAY_2, 12), note="已核实")
    assert (case_of(3).closed_on, case_of(3).close_reason) == (DAY_2, "paid")
    with pytest.raises(absences.ExplanationRefused):
        absences.explain(absence=paid, reason=AbsenceReason.CURED, actor=supervisor, now=at(DAY_2, 13))
    import_day(DAY_4, [debt(1, days=48)])
    assert case_of(2).absent_since == DAY_4


def test_a_rebuilt_cache_repairs_what_was_changed_behind_its_back(import_day):
    from cases.services import cache

    import_day(DAY_1, [debt(1), debt(2)])
    import_day(DAY_2, [debt(1, days=46)])
    Case.objects.filter(pk=case_of(1).pk).update(total=Decimal("1.00"), desk=None)
    Case.objects.filter(pk=case_of(2).pk).update(absent_since=None)
    found = cache.rebuild()
    assert {d.case_id: set(d.columns) for d in found} == {
        case_of(1).pk: {"total", "desk_id"},
        case_of(2).pk: {"absent_since"},
    }
    assert cache.differences() == []
