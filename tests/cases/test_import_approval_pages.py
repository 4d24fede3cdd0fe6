"""The pages of a file that needs a second look: what tripped, who decides, what is asked about the file as a whole."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from cases.models import Case, ImportRun, RunState, Source
from cases.services.sources import add_source, change_source
from collection_ops.core.models import AuditEvent, User
from tests.cases.import_files import AS_OF, debt
from tests.cases.import_pages.steps import applied, do_jobs, send, text_of, uploaded

SignIn = Callable[[User], Client]
NEXT = AS_OF + timedelta(days=1)
NEXT_FILE = "逾期明细20260401.xlsx"


@pytest.fixture
def source(db: None) -> Source:
    return add_source(code="card", name="信用卡核心系统", actor=None)


@pytest.fixture
def clerk_browser(clerk: User, client_as: SignIn) -> Client:
    return client_as(clerk)


@pytest.fixture
def held(clerk_browser: Client, source: Source) -> ImportRun:
    applied(clerk_browser, source, [debt(n) for n in range(1, 6)])
    return uploaded(clerk_browser, source, [debt(1, as_of=NEXT, days=46)], name=NEXT_FILE)


def said_after(browser: Client, route: str, run: ImportRun, **data: str) -> str:
    """Send, follow, and give the page that comes."""
    response = send(browser, route, run.pk, **data)
    if response.status_code == 302:
        response = browser.get(response.headers["Location"])
    return response.content.decode()


def test_a_held_file_goes_from_the_clerk_to_the_supervisor_into_the_book(
    held: ImportRun, clerk_browser: Client, supervisor: User, client_as: SignIn
) -> None:
    page = text_of(clerk_browser, "cases:import_run", held.pk)
    assert "超出护栏 1 项" in page
    assert "80.00 %（4 件）不在文件里，超过上限 20.00 %" in page
    assert "提交主管审批" in page
    assert "应用 1 行" not in page  # one main button, and not this one
    assert "不能直接应用" in said_after(clerk_browser, "cases:import_apply", held)
    response = send(clerk_browser, "cases:import_submit", held.pk)
    assert (response.status_code, "请写明为什么" in response.content.decode()) == (422, True)
    assert "等待主管审批" in said_after(clerk_browser, "cases:import_submit", held, note="昨晚批量核销")
    assert send(clerk_browser, "cases:import_approve", held.pk).status_code == 403

    desk = client_as(supervisor)
    page = text_of(desk, "cases:import_run", held.pk)
    assert "昨晚批量核销" in page
    assert "批准并应用 1 行" in page
    assert "80.00 %" in page
    send(desk, "cases:import_approve", held.pk, note="已核实")
    do_jobs()
    held.refresh_from_db()
    assert (held.state, held.approved_by) == (RunState.APPLIED, supervisor)
    assert Case.objects.absent().count() == 4
    page = text_of(clerk_browser, "cases:import_run", held.pk)
    assert "已核实" in page
    assert text_of(clerk_browser, "cases:import_rows", held.pk, "absent").count("T00000") == 4


def test_the_supervisor_returns_a_file_with_a_reason_and_the_clerk_reads_it(
    held: ImportRun, clerk_browser: Client, supervisor: User, client_as: SignIn
) -> None:
    send(clerk_browser, "cases:import_submit", held.pk, note="请看")
    desk = client_as(supervisor)
    response = send(desk, "cases:import_return", held.pk)
    assert (response.status_code, "请写明退回的原因" in response.content.decode()) == (422, True)
    send(desk, "cases:import_return", held.pk, reason="少了昆明分公司")
    assert "退回了这次导入：少了昆明分公司" in text_of(clerk_browser, "cases:import_run", held.pk)
    assert "已有人处理" in said_after(desk, "cases:import_return", held, reason="又一次")


def test_a_submitted_file_can_be_withdrawn_by_the_clerk(held: ImportRun, clerk_browser: Client) -> None:
    send(clerk_browser, "cases:import_submit", held.pk, note="请看")
    assert "提交主管审批" in said_after(clerk_browser, "cases:import_withdraw", held)


def test_control_totals_are_typed_at_upload_and_corrected_on_the_preview(clerk_browser: Client, source: Source) -> None:
    from tests.cases.import_files import upload_of

    response = send(
        clerk_browser, "cases:import_upload", source=source.pk, file=upload_of([debt(1), debt(2)]), expected_rows="x"
    )
    assert (response.status_code, "请填整数" in response.content.decode()) == (422, True)
    send(
        clerk_browser,
        "cases:import_upload",
        source=source.pk,
        file=upload_of([debt(1), debt(2)]),
        expected_rows="2 行",
        expected_total="1,999.00",
    )
    do_jobs()
    run = ImportRun.objects.latest("pk")
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert "应有 1,999.00，读到 2,000.00" in page
    assert "相差 +1.00" in page
    assert "提交主管审批" in page
    page = said_after(clerk_browser, "cases:import_expect", run, expected_rows="2", expected_total="2，000")
    assert "应用 2 行" in page
    assert page.count("✓") == 2
    assert AuditEvent.objects.filter(action="import.control_totals").count() == 1


def test_a_second_file_for_a_day_is_asked_about_and_says_what_it_is(clerk_browser: Client, source: Source) -> None:
    first = applied(clerk_browser, source, [debt(1), debt(2)])
    run = uploaded(clerk_browser, source, [debt(1, total=900.0), debt(2)], name="更正20260331.xlsx")
    assert run.state == RunState.ASKING
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert f"第 {first.pk} 号导入" in page
    assert "更正：以本文件为准" in page
    assert "下次不再询问" not in page  # that is about columns
    send(clerk_browser, "cases:import_answer", run.pk, **{"question-0": "correction"})
    do_jobs()
    assert "更正 2026-03-31" in text_of(clerk_browser, "cases:import_run", run.pk)
    send(clerk_browser, "cases:import_apply", run.pk)
    do_jobs()
    assert Case.objects.get(loan__contract_no="T000001").total == 900


def test_giving_up_on_the_question_discards_the_file(clerk_browser: Client, source: Source) -> None:
    applied(clerk_browser, source, [debt(1)])
    run = uploaded(clerk_browser, source, [], name=NEXT_FILE)
    page = text_of(clerk_browser, "cases:import_run", run.pk)
    assert "文件没有数据行：2026-04-01 确实没有逾期案件吗？" in page
    send(clerk_browser, "cases:import_answer", run.pk, **{"question-0": "give_up"})
    run.refresh_from_db()
    assert run.state == RunState.DISCARDED
    assert Case.objects.present().count() == 1


def test_the_same_file_brought_twice_while_the_first_waits_is_said_with_the_way_to_it(
    clerk_browser: Client, source: Source
) -> None:
    first = uploaded(clerk_browser, source, [debt(1)])
    assert "还有一份正在处理" not in text_of(clerk_browser, "cases:import_run", first.pk)
    second = uploaded(clerk_browser, source, [debt(1)], name="副本20260331.xlsx")
    page = text_of(clerk_browser, "cases:import_run", second.pk)
    assert "还有一份正在处理" in page
    assert reverse("cases:import_run", args=[first.pk]) in page


def test_changed_names_and_phones_are_shown_old_beside_new_and_masked_for_who_may_not_read_names(
    clerk_browser: Client, source: Source, supervisor: User, client_as: SignIn
) -> None:
    applied(clerk_browser, source, [debt(1), debt(2)])
    rows = [
        debt(1, as_of=NEXT, days=46, 客户姓名="新名字"),
        debt(2, as_of=NEXT, days=46, 手机号码="15488887777"),
    ]
    run = uploaded(clerk_browser, source, rows, name=NEXT_FILE)
    desk = client_as(supervisor)
    for state in ("preview", "applied"):  # what was overwritten is kept, so that it reads the same afterwards
        names = text_of(desk, "cases:import_rows", run.pk, "renamed")
        assert "测试1" in names
        assert "新名字" in names
        assert "测试2" not in names
        assert "新名字" not in text_of(clerk_browser, "cases:import_rows", run.pk, "renamed")
        phones = text_of(clerk_browser, "cases:import_rows", run.pk, "phone_changed")
        assert "154****0002" in phones
        assert "154****7777" in phones
        assert "15488887777" not in phones
        if state == "preview":
            send(clerk_browser, "cases:import_apply", run.pk)
            do_jobs()


def test_limits_of_a_source_are_kept_in_the_admin_with_what_they_were(
    source: Source, admin_user: User, client_as: SignIn
) -> None:
    browser = client_as(admin_user)
    url = reverse("admin:cases_source_change", args=[source.pk])
    form = {
        "name": source.name, "is_active": "on", "penalty_place": source.penalty_place, "max_absent_percent": "20",
        "max_rejected_percent": "5",
    }  # fmt: skip
    response = browser.post(url, {**form, "min_rows": "10", "max_rows": "9"})
    assert "最多行数不能少于最少行数" in response.content.decode()
    assert browser.post(url, {**form, "min_rows": "10", "max_rows": "99"}).status_code == 302
    source.refresh_from_db()
    assert (source.min_rows, source.max_rows) == (10, 99)
    assert AuditEvent.objects.get(action="source.changed").data["before"] == {"min_rows": None, "max_rows": None}


def test_a_rail_that_was_loosened_meanwhile_lets_the_clerk_apply(
    held: ImportRun, clerk_browser: Client, source: Source
) -> None:
    change_source(source=source, actor=None, max_absent_percent=80)
    assert "应用 1 行" in text_of(clerk_browser, "cases:import_run", held.pk)
    send(clerk_browser, "cases:import_apply", held.pk)
    held.refresh_from_db()
    assert held.state == RunState.APPLYING
