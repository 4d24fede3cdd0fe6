"""A ledger comes twice, comes grown, is taken back, comes corrected."""

import datetime as dt

import pytest
from django.db import transaction

from cases.imports import run as runs
from cases.imports.refusals import RunRefused
from cases.models import Case, Hold, ImportRow, RunState
from collection_ops.core.models import User
from compliance.complaints.handling import assign, note
from compliance.complaints.register import Accused, Said, Whose, join, receive
from compliance.models import About, Complaint, ComplaintRound, ComplaintStep, ComplaintSubject
from compliance.services.staff_tasks import open_staff_task
from tests.cases.imports.conftest import at

from .conftest import TODAY, Take, codes, told

pytestmark = pytest.mark.django_db
NOW = at(TODAY, 9)


def test_a_ledger_twice_undone_and_corrected(take: Take, book: dict[int, Case], collector: User) -> None:
    rows = [
        told(1, 被投诉人="林催收"), told(2), told(3, 收到日期="2026-02-01", 处理结论="属实", 办结日期="2026-02-10")
    ]  # fmt: skip
    first = take(rows, name="a")
    assert Complaint.objects.count() == 3

    # The same rows under another name are known as the same.
    again = take(rows, name="b", encoding="gbk")
    assert (again.state, again.refusal["code"]) == ("refused", "same_rows_imported")

    # Grown by a row: the three are known, one is new.
    grown = take([*rows, told(4)], name="c", apply=False)
    assert {kind: grown.differences[kind]["count"] for kind in ("opened", "settled", "registered")} == {
        "opened": 1, "settled": 0, "registered": 3,
    }  # fmt: skip
    assert codes(grown, 2) == {"complaint_known"}
    with transaction.atomic():
        runs.discard(run=grown, actor=None, now=NOW)

    # Taken back: nothing of it is left but the document, and the collector may contact again.
    assert Hold.objects.in_force(NOW).count() == 2
    runs.undo_run(run=first, actor=None, now=NOW)
    assert first.state == RunState.UNDONE
    for model in (Complaint, ComplaintSubject, ComplaintRound, ComplaintStep):
        assert not model._default_manager.exists()
    assert not Hold.objects.in_force(NOW + dt.timedelta(minutes=1)).exists()
    assert set(ImportRow.objects.filter(run=first).values_list("state", flat=True)) == {"undone"}

    # Corrected: it goes in as if the first had never been.
    corrected = take([told(1, 被投诉人="林催收", 投诉类型="威胁"), *rows[1:]], name="d", now=at(TODAY, 10))
    assert corrected.state == "applied"
    assert Complaint.objects.get(source_ref="GD0001").type == "threat"
    assert Hold.objects.in_force(at(TODAY, 10)).filter(accused=collector).count() == 1


def test_what_is_registered_is_not_changed_by_a_file(take: Take, book: dict[int, Case]) -> None:
    take([told(1)])
    run = take([told(1, 投诉内容="后来改写的内容，说法完全不同。"), told(2)])
    assert codes(run, 2) == {"complaint_known_differs"}
    assert run.problems.get(row_number=2).params["number"] == Complaint.objects.get(source_ref="GD0001").number
    assert Complaint.objects.get(source_ref="GD0001").narrative.startswith("催收员一天")
    assert Complaint.objects.count() == 2


def test_without_numbers_it_is_known_by_who_said_what_when(take: Take, book: dict[int, Case]) -> None:
    same = {"投诉编号": "", "投诉内容": "客户反映催收频繁。"}
    first = take([told(1, **same), told(2, **same), told(2, **same)])
    assert codes(first, 4) == {"complaint_row_again"}
    assert Complaint.objects.count() == 2  # two people, the same words
    again = take(
        [told(1, **{**same, "投诉内容": "客户反映 催收频繁。"}), told(2, **{**same, "收到日期": "2026-03-21"}), told(3)]
    )
    assert codes(again, 2) == {"complaint_known_by_words"}
    assert Complaint.objects.count() == 4

    numbered = take([told(1, 投诉内容="客户反映催收频繁。"), told(5)])
    assert codes(numbered, 2) == {"complaint_known_by_words"}


def test_rows_of_one_number_are_one_complaint_or_a_contradiction(
    take: Take, book: dict[int, Case], collector: User
) -> None:
    case = book[1]
    book[2].loan.debtor = case.loan.debtor
    book[2].loan.save()
    said = {"投诉内容": "两份合同都在催。"}
    rows = [
        told(1, **said),
        told(1, **said, 合同编号="HT00002", 被投诉人="林催收"),
        told(3),
        told(3, 投诉内容="同一编号，另一件事。"),
        told(4),
    ]
    run = take(rows, accept_good_rows=True)
    assert codes(run, 3) == {"complaint_row_joined"}
    assert codes(run, 4) == codes(run, 5) == {"complaint_contradicts"}
    joined = Complaint.objects.get(source_ref="GD0001")
    assert ImportRow.objects.get(run=run, row_number=3).difference == "joined"
    assert [loan.contract_no for loan in joined.loans.order_by("contract_no")] == ["HT00001", "HT00002"]
    assert joined.subjects.get().user == collector
    assert set(Complaint.objects.values_list("source_ref", flat=True)) == {"GD0001", "GD0004"}
    assert run.differences["registered"] == {"count": 1}
    assert run.differences["left_out"] == {"count": 2}


def test_a_number_typed_in_since_the_preview_is_left_out(take: Take, book: dict[int, Case], clerk: User) -> None:
    run = take([told(1), told(2)], apply=False)
    said = Said(source="12378", source_ref="GD0001", type="threat", narrative="电话登记", received_at=at(TODAY))
    typed = receive(said=said, whose=Whose(), accused=[], actor=clerk, now=NOW)
    with transaction.atomic():
        runs.start_applying(run=run, accept_good_rows=False)
    runs.apply_run(run=run, actor=clerk, now=NOW)
    assert set(Complaint.objects.values_list("source_ref", "run")) == {("GD0001", None), ("GD0002", run.pk)}
    assert run.problems.get(row_number=2).params["number"] == typed.number
    assert ImportRow.objects.get(run=run, row_number=2).difference == "registered"


@pytest.mark.parametrize("work", ["assigned", "noted", "joined", "task"])
def test_what_somebody_has_worked_on_is_not_taken_back(
    work: str, take: Take, book: dict[int, Case], compliance_officer: User, manager: User, collector: User
) -> None:
    run = take([told(1), told(2)])
    complaint = Complaint.objects.get(source_ref="GD0001")
    if work == "assigned":
        assign(complaint=complaint, handler=compliance_officer, actor=manager, now=NOW)
    elif work == "noted":
        note(complaint=complaint, words="已联系", actor=compliance_officer, now=NOW)
    elif work == "joined":
        other = receive(
            said=Said(source="hotline", type="threat", narrative="再次来电", received_at=NOW),
            whose=Whose(debtor=complaint.debtor), accused=[], actor=None, now=NOW,
        )  # fmt: skip
        join(complaint=other, to=complaint, actor=manager, now=NOW)
    else:
        open_staff_task(
            user=collector, kind="coaching", what="复听录音", due_on=TODAY, actor=compliance_officer, now=NOW,
            complaint=complaint,
        )  # fmt: skip
    with pytest.raises(RunRefused) as refused:
        runs.undo_run(run=run, actor=None, now=NOW)
    assert refused.value.params["blockers"][0]["count"] == 1
    assert "1 件投诉" in refused.value.message
    assert Complaint.objects.filter(run=run).count() == 2


def test_a_hold_that_another_complaint_asks_for_stays(take: Take, book: dict[int, Case], collector: User) -> None:
    run = take([told(1, 被投诉人="林催收"), told(2, 被投诉人="林催收")])
    receive(
        said=Said(source="hotline", type="threat", narrative="又来电", received_at=NOW),
        whose=Whose(debtor=book[1].loan.debtor), accused=[Accused(About.COLLECTOR, collector)], actor=None, now=NOW,
    )  # fmt: skip
    runs.undo_run(run=run, actor=None, now=NOW)
    assert list(Hold.objects.in_force(NOW + dt.timedelta(days=1)).values_list("debtor", flat=True)) == [
        book[1].loan.debtor_id
    ]


def test_a_hold_of_before_is_used_and_stays_when_the_file_is_taken_back(
    take: Take, book: dict[int, Case], collector: User
) -> None:
    before = receive(
        said=Said(source="hotline", type="threat", narrative="来电", received_at=at(TODAY, 7)),
        whose=Whose(debtor=book[1].loan.debtor), accused=[Accused(About.COLLECTOR, collector)], actor=None,
        now=at(TODAY, 7),
    )  # fmt: skip
    run = take([told(1, 被投诉人="林催收")])
    assert Complaint.objects.get(run=run).hold == before.hold
    runs.undo_run(run=run, actor=None, now=NOW)
    assert Hold.objects.in_force(NOW).get() == before.hold
