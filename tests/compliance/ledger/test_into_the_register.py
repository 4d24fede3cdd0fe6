"""A ledger comes into the register: whose, about whom, by when, and nothing of it lost."""

import datetime as dt

import pytest

from cases.models import Case, Desk, Hold, ImportRow, ImportRun
from collection_ops.core.models import AuditEvent, Notification, User
from compliance.models import Complaint, ComplaintState

from .conftest import TODAY, Take, codes, told

pytestmark = pytest.mark.django_db


def one(reference: str) -> Complaint:
    return Complaint.objects.get(source_ref=reference)


def test_an_open_one_gets_its_clock_from_the_day_it_was_received_and_stops_whom_it_is_about(
    take: Take, book: dict[int, Case], collector: User, agency: Desk, compliance_officer: User
) -> None:
    said = "第一段。\n\n第二段：他们威胁我。"
    run = take(
        [
            told(
                1,
                投诉内容=said,
                被投诉人="催收员林催收",
                被投诉机构="恒达资产管理公司、自营",
                发生日期="2026年3月18日",
                备注="电话记录见附件",
            )
        ]
    )
    assert run.state == "applied", run.refusal
    complaint = one("GD0001")
    assert (complaint.narrative, complaint.source, complaint.type, complaint.state) == (
        said,
        "12378",
        "harassment",
        "received",
    )
    assert (complaint.received_on, complaint.due_on) == (dt.date(2026, 3, 20), dt.date(2026, 4, 4))
    assert complaint.event_on == dt.date(2026, 3, 18)
    assert (complaint.debtor, complaint.case) == (book[1].loan.debtor, book[1])
    assert list(complaint.loans.all()) == [book[1].loan]
    assert set(complaint.subjects.values_list("about", "user", "org")) == {
        ("collector", collector.pk, ""), ("agency", None, "hengda"),
    }  # fmt: skip
    assert set(Hold.objects.values_list("debtor", "accused", "accused_org", "type")) == {
        (complaint.debtor_id, collector.pk, "", "complaint"), (complaint.debtor_id, None, "hengda", "complaint"),
    }  # fmt: skip
    assert complaint.hold is not None and complaint.number in complaint.hold.reason
    current = complaint.rounds.get()
    assert (current.started_on, current.due_on, current.in_time) == (complaint.received_on, complaint.due_on, None)
    assert complaint.steps.get().words == "备注：电话记录见附件"
    assert AuditEvent.objects.get(action="complaint.received").object_id == str(complaint.pk)
    told_to = Notification.objects.filter(kind="complaint.ledger")
    assert [note.user for note in told_to] == [compliance_officer]
    assert told_to[0].params["count"] == 1


@pytest.mark.parametrize(
    ("conclusion", "outcome"),
    [("属实", "upheld"), ("部分属实", "partly"), ("经查不属实", "not_upheld"), ("客户已撤诉", "withdrawn")],
)
def test_a_closed_one_comes_in_closed_with_its_own_round_and_stops_nobody(
    take: Take, book: dict[int, Case], conclusion: str, outcome: str
) -> None:
    take(
        [told(1, 收到日期="2026-02-01", 处理结论=conclusion, 处理情况="已致歉", 办结日期="2026-02-16", 经办人="离职者")]
    )
    complaint = one("GD0001")
    assert (complaint.state, complaint.outcome, complaint.handler) == (ComplaintState.CLOSED, outcome, None)
    assert complaint.finding == f"{conclusion}\n已致歉"
    assert complaint.rounds.get().in_time
    assert complaint.steps.get().words == "经办人：离职者"
    assert not Hold.objects.exists()
    assert not Notification.objects.filter(kind="complaint.ledger").exists()


def test_one_that_was_closed_late_stays_late(take: Take, book: dict[int, Case]) -> None:
    take([told(1, 收到日期="2026-02-01", 处理结论="属实", 办结日期="2026-02-17")])
    assert one("GD0001").rounds.get().in_time is False


def test_a_conclusion_that_says_nothing_keeps_a_closed_row_out(take: Take, book: dict[int, Case]) -> None:
    rows = [
        told(1, 处理结论="已联系客户", 办结日期="2026-03-25"),
        told(2, 办结日期="2026-03-25"),
        told(3, 处理结论="属实", 办结日期="2026-03-19"),
        told(4, 处理结论="属实", 办结日期="2026-04-25"),
        told(5, 处理结论="属实"),
    ]
    run = take(rows, accept_good_rows=True)
    assert [codes(run, row) for row in range(2, 7)] == [
        {"complaint_end_unsaid"}, {"complaint_end_unsaid"}, {"complaint_closed_before"}, {"complaint_in_future"},
        {"complaint_not_closed"},
    ]  # fmt: skip
    assert [c.source_ref for c in Complaint.objects.all()] == ["GD0005"]
    assert one("GD0005").state == "received"
    assert one("GD0005").steps.get().words == "处理结论：属实"


def test_a_state_of_closed_without_a_day_is_not_taken_for_open(take: Take, book: dict[int, Case]) -> None:
    rows = [told(1) | {"办理状态": "已办结"}, told(2) | {"办理状态": "未办结"}]
    run = take(rows, accept_good_rows=True)
    assert codes(run, 2) == {"complaint_closed_without_day"}
    assert [c.source_ref for c in Complaint.objects.all()] == ["GD0002"]


def test_only_content_and_a_day_are_needed(take: Take) -> None:
    rows = [
        told(1, 投诉编号="", 投诉来源="", 客户姓名="", 合同编号="", 投诉类型=""),
        told(2, 投诉内容=""),
        told(3, 收到日期=""),
        told(4, 收到日期="3月15日"),
    ]
    run = take(rows, accept_good_rows=True)
    complaint = Complaint.objects.get()
    assert (complaint.source, complaint.type, complaint.debtor) == ("hotline", "other", None)
    assert {"complaint_of_nobody"} == codes(run, 2)
    assert {"complaint_sources_blank", "complaint_types_blank"} <= codes(run)
    assert [codes(run, row) for row in (3, 4, 5)] == [{"required_missing"}, {"required_missing"}, {"date_without_year"}]
    where = run.problems.get(row_number=3)
    assert where.column == "投诉内容"


def test_words_that_mean_nothing_are_said_and_kept(take: Take, book: dict[int, Case]) -> None:
    run = take(
        [
            told(
                1,
                投诉来源="驿站",
                投诉类型="神秘事项",
                严重程度="紫色",
                被投诉人="查无此人",
                被投诉机构="某某公司",
                合同编号="HT00001、HT99999",
            )
        ]
    )
    assert codes(run, 2) == {
        *("complaint_source_unknown", "complaint_type_unknown", "complaint_severity_unknown"),
        *("complaint_accused_unknown", "complaint_agency_unknown", "complaint_contract_unknown"),
    }
    complaint = one("GD0001")
    assert (complaint.source, complaint.type, complaint.severity) == ("hotline", "other", 1)
    kept = complaint.steps.get().words
    for words in ("驿站", "神秘事项", "紫色", "查无此人", "某某公司", "HT99999"):
        assert words in kept
    assert complaint.hold is not None
    assert complaint.hold.accused is None


def test_who_it_is_is_told_by_contract_then_id_then_a_telephone_with_the_same_name(
    take: Take, book: dict[int, Case]
) -> None:
    from tests.cases.imports.conftest import person

    rows = [
        told(1, 客户姓名="李四"),
        told(2, 合同编号="", 证件号码=person(2), 客户姓名=""),
        told(3, 合同编号="", 联系电话="15400000003"),
        told(4, 合同编号="", 联系电话="15400000004", 客户姓名="王五"),
        told(5, 合同编号="HT00005，HT00001", 证件号码=person(2)),
    ]
    run = take(rows)
    debtors = {c.source_ref: c.debtor for c in Complaint.objects.all()}
    assert debtors == {
        **{f"GD000{n}": book[n].loan.debtor for n in (1, 2, 3, 5)},
        "GD0004": None,
    }
    assert codes(run, 2) == {"complaint_name_differs"}
    assert codes(run, 4) == {"complaint_found_by_phone"}
    assert codes(run, 5) == {"complaint_phone_of_another", "complaint_of_nobody"}
    assert codes(run, 6) == {"complaint_contracts_of_others", "complaint_id_of_another"}
    assert [loan.contract_no for loan in one("GD0005").loans.all()] == ["HT00005"]


def test_who_handles_it_is_taken_over_where_that_may_be(
    take: Take, book: dict[int, Case], compliance_officer: User, collector: User, team_leader: User
) -> None:
    rows = [
        told(1, 经办人="何合规"),
        told(2, 经办人="林催收"),
        told(3, 经办人="何合规", 被投诉人="何合规"),
        told(4, 经办人="无此人"),
    ]
    run = take(rows)
    assert (one("GD0001").handler, one("GD0001").state) == (compliance_officer, "handling")
    for number, code in ((2, "cannot"), (3, "conflict"), (4, "unknown")):
        assert one(f"GD000{number}").handler is None
        assert codes(run, number + 1) == {f"complaint_handler_{code}"}


def test_beyond_its_last_day_it_is_said_before_it_is_registered(take: Take, book: dict[int, Case]) -> None:
    rows = [
        told(1, 收到日期="2026-03-15"),
        told(2, 收到日期="2026-03-16"),
        told(3, 收到日期="2026-03-15", 投诉类型="征信异议"),
    ]
    run = take(rows, apply=False)
    assert run.state == "preview"
    assert codes(run, 2) == {"complaint_overdue"}
    assert codes(run, 3) == codes(run, 4) == set()
    assert run.differences["late"] == {"count": 1}
    assert run.differences["sources"] == {"12378": {"opened": 3, "late": 1}}
    assert not Complaint.objects.exists()


def test_what_people_told_is_encrypted_on_its_way_and_in_no_problem(take: Take, book: dict[int, Case]) -> None:
    from django.db import connection

    secret = "我叫张乙，手机15400000001，他们去我妈家里泼油漆"
    rows = [told(1, 投诉内容=secret), told(2, 投诉内容=secret + "。" * 33_000)]
    run = take(rows, encoding="utf-8", accept_good_rows=True)
    assert codes(run, 3) == {"complaint_too_long"}
    assert ImportRow.objects.get(run=run, row_number=3).sealed is None
    with connection.cursor() as cursor:
        for table in ("cases_importrow", "cases_importproblem", "compliance_complaint", "compliance_complaintstep"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            assert not any("泼油漆" in line or "15400000001" in line for (line,) in cursor.fetchall())
    assert "泼油漆" not in str(ImportRun.objects.values().get(pk=run.pk))


def test_a_cell_as_long_as_excel_allows_was_probably_longer(take: Take, book: dict[int, Case]) -> None:
    run = take([told(1, 投诉内容="长" * 32_767), told(2, 投诉内容="长" * 32_766)])
    assert codes(run, 2) == {"complaint_cut"}
    assert codes(run, 3) == set()
    assert len(one("GD0001").narrative) == 32_767


def test_nothing_is_received_tomorrow(take: Take) -> None:
    run = take([told(1), told(2, 收到日期=TODAY + dt.timedelta(days=1))], accept_good_rows=True)
    assert codes(run, 3) == {"complaint_in_future"}
    assert Complaint.objects.count() == 1
