"""The record of one case: stage in words, timeline, positions, other debts, provenance."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from cases import timeline
from cases.models import Absence, Case, ContactPoint, ImportChange, Repayment
from cases.selectors import positions_page
from cases.views.record import why_this_stage
from tests.cases.builders import AS_OF, add_position, desk_of, make_case, make_run, make_source


def record(client, case, **query):
    return client.get(reverse("cases:record", args=[case.pk]), query)


def text(response) -> str:
    return response.content.decode()


def test_the_stage_is_explained_from_facts():
    case = Case(as_of=dt.date(2026, 3, 31), days_past_due=45, due_date=dt.date(2026, 2, 14), stage=2)
    assert why_this_stage(case) == "最早未还应还日 2026-02-14，距数据日 2026-03-31 共 45 天，M2 = 31–60 天"
    case.due_date = dt.date(2026, 2, 1)
    assert why_this_stage(case) == "数据日 2026-03-31 的文件记为逾期 45 天，M2 = 31–60 天"
    case.days_past_due, case.stage = 200, 7
    assert why_this_stage(case).endswith("M7+ = 181 天以上")
    case.days_past_due, case.stage = 0, 0
    assert why_this_stage(case).endswith("未逾期 = 0 天")


@pytest.mark.parametrize(
    "tab", ["timeline", "money", "care", "contacts", "debts", "files", "custody", "nonsense", "\x00"]
)
def test_every_tab_answers_also_for_a_case_with_nothing_in_it(client_as, supervisor, tab):
    case = make_case(total="-5.00")
    assert record(client_as(supervisor), case, tab=tab).status_code == 200


def test_a_case_outside_the_scope_does_not_exist(client_as, collector):
    foreign = make_case()
    client = client_as(collector)
    missing = client.get(reverse("cases:record", args=[999_999_999]))
    hidden = record(client, foreign)
    assert (missing.status_code, hidden.status_code) == (404, 404)
    for route in ("cases:timeline", "cases:positions"):
        assert client.get(reverse(route, args=[foreign.pk])).status_code == 404
    assert client.get(reverse("cases:provenance", args=[foreign.pk, foreign.last_run_id])).status_code == 404
    assert client.get(f"/cases/{10**30}/").status_code == 404
    assert client.get(f"/cases/{10**30}/positions/{10**30}/").status_code == 404


def test_the_timeline_tells_entry_payment_down_roll_absence_and_move(client_as, supervisor, collector):
    case = make_case(days=29, total="1000.00", as_of=dt.date(2026, 3, 27), desk=desk_of(collector))
    add_position(case, dt.date(2026, 3, 30), days=32, total="1000.00")
    add_position(case, dt.date(2026, 3, 31), days=33, total="400.00")
    run = make_run(case.loan.source, dt.date(2026, 4, 1))
    Absence.objects.create(case=case, as_of=dt.date(2026, 4, 1), run=run)
    Repayment.objects.create(
        source=case.loan.source,
        contract_no=case.loan.contract_no,
        loan=case.loan,
        paid_on=dt.date(2026, 3, 31),
        amount=600,
    )
    page = text(record(client_as(supervisor), case))
    for sentence in (
        "进入逾期账簿，M1",
        "前滚 M1 → M2",
        "欠款减少 600.00 元",
        "未出现在当日文件中",
        "还款 600.00 元",
        f"归属 {collector}",
    ):
        assert sentence in page, sentence


def test_changed_attributes_are_told_with_masks(client_as, supervisor):
    case = make_case(name="李四海")
    run = make_run(case.loan.source)
    ImportChange.objects.create(
        run=run,
        table="debtor",
        object_id=case.loan.debtor_id,
        before={"name": "李四海", "id_no": "k1:abc", "id_index": "f" * 32},
        after={"name": "李五湖", "id_no": "k1:def", "id_index": "e" * 32},
    )
    page = text(record(client_as(supervisor), case))
    assert "资料变更：姓名、证件号码" in page
    assert "李*海 → 李*湖" in page
    assert "k1:abc" not in page and "ffff" not in page


def test_the_timeline_pages_without_losing_or_doubling_an_entry(supervisor):
    case = make_case(days=1, as_of=dt.date(2026, 1, 1), total="1.00")
    for day in range(2, 29):
        add_position(
            case, dt.date(2026, 1, day), days=day, total=f"{day + (1 - day % 2) * 10}.00"
        )  # up and down in turn
    everything, _ = timeline.timeline(case, supervisor, size=1000)
    cursor, seen = "", []
    while True:
        page, cursor = timeline.timeline(case, supervisor, cursor=cursor, size=7)
        seen += page
        if not cursor:
            break
    assert [e.key for e in seen] == [e.key for e in everything]
    assert len({e.key for e in seen}) == len(seen) == 29
    # A cursor typed by hand gives a page, not an error.
    for odd in ("abc", "-1", "9" * 40, "\x00", "٣"):
        assert timeline.timeline(case, supervisor, cursor=odd)[0]


def test_days_on_which_a_debt_only_grows_are_told_once(supervisor):
    case = make_case(days=1, as_of=dt.date(2026, 1, 1), total="100.00")
    for day, total in ((2, "101.00"), (3, "102.00"), (4, "103.00"), (5, "50.00"), (6, "51.00")):
        add_position(case, dt.date(2026, 1, day), days=day, total=total)
    entries, _ = timeline.timeline(case, supervisor)
    assert [(e.title, e.day.day) for e in entries if e.kind == "balance"] == [
        ("欠款增加 1.00 元", 6),
        ("欠款减少 53.00 元", 5),
        ("3 个数据日欠款共增加 3.00 元", 4),
    ]


def test_other_apps_add_to_the_timeline_by_registering(supervisor, monkeypatch):
    case = make_case()
    monkeypatch.setattr(timeline, "_sources", list(timeline._sources))

    @timeline.register
    def calls(case, user):
        yield timeline.Entry(at=timezone.now(), key="call-1", kind="call", title="通话")

    timeline.register(calls)
    assert [e.title for e in timeline.timeline(case, supervisor)[0]].count("通话") == 1


def test_positions_are_paged_by_day(supervisor):
    case = make_case(days=1, as_of=dt.date(2026, 1, 1))
    for day in range(2, 32):
        add_position(case, dt.date(2026, 1, day), days=day, total="1.00")
    for day in range(1, 11):
        add_position(case, dt.date(2026, 2, day), days=30 + day, total="1.00")
    first, cursor = positions_page(case)
    second, end = positions_page(case, cursor=cursor)
    assert [p.as_of for p in first + second] == sorted((p.as_of for p in first + second), reverse=True)
    assert (len(first), len(second), end) == (31, 10, "")
    for odd in ("x", "2026-99-99_1", "2026-01-01_" + "9" * 40, "\x00"):
        assert positions_page(case, cursor=odd)[0]


def test_another_debt_outside_the_scope_is_only_counted(client_as, collector, supervisor):
    mine = make_case(contract_no="OWN-1", desk=desk_of(collector))
    make_case(contract_no="OTHER-1", debtor=mine.loan.debtor, source=make_source("other", "别的系统"))
    seen = text(record(client_as(collector), mine, tab="debts"))
    assert "OTHER-1" not in seen and "1 件不在您的权限范围内" in seen
    assert "OTHER-1" in text(record(client_as(supervisor), mine, tab="debts"))


def test_an_earlier_episode_is_among_the_other_debts(client_as, supervisor):
    first = make_case(contract_no="TWICE-1", as_of=dt.date(2026, 1, 31))
    Case.objects.filter(pk=first.pk).update(closed_on=dt.date(2026, 2, 10), close_reason="cured")
    second = make_case(loan=first.loan, episode=2)
    page = text(record(client_as(supervisor), second))
    assert "第 2 次逾期" in page
    assert reverse("cases:record", args=[first.pk]) in page


def test_contact_values_are_masked_and_third_persons_names_too(client_as, supervisor):
    case = make_case(phones=("13911112222",))
    ContactPoint.objects.create(
        debtor=case.loan.debtor, kind="phone", value="13800009999", value_index="x", masked="138****9999",
        relation="配偶", holder_name="王小花",
    )  # fmt: skip
    page = text(record(client_as(supervisor), case, tab="contacts"))
    assert "139****2222" in page and "13911112222" not in page
    assert "配偶 王*花" in page and "王小花" not in page


def test_markup_and_long_names_are_shown_as_text(client_as, supervisor):
    case = make_case(name="阿" * 21)
    assert "阿" * 21 in text(record(client_as(supervisor), case))
    evil = make_case(name='"><svg/onload=alert(1)>', product="{{7*7}}")
    for tab in ("timeline", "money", "contacts", "debts", "custody"):
        page = text(record(client_as(supervisor), evil, tab=tab))
        assert "<svg/onload" not in page and "{{7*7}}" in page


# --- provenance: on a real file, through the importer


@pytest.fixture
def imported(supervisor, clerk, tmp_path):
    import xlsxwriter

    from cases.imports.run import import_file

    path = tmp_path / "逾期明细20260331.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("三月")
        headings = ["合同编号", "客户姓名", "证件类型", "证件号码", "手机号码", "逾期总额", "逾期天数", "备注"]
        sheet.write_row(0, 0, headings)
        sheet.write_row(
            1, 0, ["P-1", "赵钱孙", "身份证", "110101199003070038", "13911112222", 1234.5, 45, "电话13700001111"]
        )
        sheet.write_row(2, 0, ["P-2", "周吴郑", "身份证", "", "", 10, 5, ""])
    run = import_file(
        path=path, source=make_source(), as_of=AS_OF, actor=clerk, now=timezone.now(), apply=True, accept_good_rows=True
    )
    assert run.state == "applied", (run.state, run.refusal, run.questions)
    return Case.objects.get(loan__contract_no="P-1")


@pytest.mark.django_db(transaction=True)
def test_every_figure_leads_to_file_sheet_and_row(client_as, supervisor, imported):
    page = text(record(client_as(supervisor), imported))
    url = reverse("cases:provenance", args=[imported.pk, imported.last_run_id])
    assert page.count(url) >= 6, "total, four parts and the days"
    origin = text(client_as(supervisor).get(url))
    assert "逾期明细20260331.xlsx" in origin and "三月" in origin and "第 <strong>2</strong> 行" in origin
    assert imported.last_run.sha256 in origin
    assert "1234.5" not in origin, "cells need imports.file"


@pytest.mark.django_db(transaction=True)
def test_the_cells_are_shown_to_those_who_may_with_personal_ones_masked(client_as, compliance_officer, imported):
    url = reverse("cases:provenance", args=[imported.pk, imported.last_run_id])
    page = text(client_as(compliance_officer).get(url))
    for shown in ("A2", "逾期天数", "1234.5", "45", "P-1", "赵*孙", "139****2222", "**************0038"):
        assert shown in page, shown
    for hidden in ("13911112222", "110101199003070038", "13700001111"):
        assert hidden not in page, hidden


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_gone_is_said_and_breaks_nothing(client_as, compliance_officer, imported, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    url = reverse("cases:provenance", args=[imported.pk, imported.last_run_id])
    assert "原文件已不在存储中" in text(client_as(compliance_officer).get(url))


def test_what_a_run_never_said_has_no_origin(client_as, supervisor):
    case = make_case()
    other = make_run(make_source("other", "别的系统"))
    assert client_as(supervisor).get(reverse("cases:provenance", args=[case.pk, other.pk])).status_code == 404
