"""The one screen: the queue with its reasons, the case, the next one; and what is nobody else's business."""

import datetime as dt
import re

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from agents.models import CaseLock, Payday
from cases.models import Case, HoldType
from cases.services.holds import place_hold
from cases.services.promises import make_promise
from cases.services.risk import raise_risk
from collection_ops.core import clock
from collection_ops.core.models import SavedView, User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import ContactAttempt
from compliance.reference import seed_codes
from tests.agents.workbench.test_queue import NOW, TODAY, called, case_of
from tests.cases.builders import make_case, make_run
from tests.compliance.conftest import monday

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ten(monkeypatch: pytest.MonkeyPatch) -> None:
    at(monkeypatch, "10:00")


def at(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    monkeypatch.setattr(clock, "now", lambda: monday(moment))


@pytest.fixture
def browser(collector: User, client_as) -> Client:
    return client_as(collector)


def shown(browser: Client, case: Case | None = None, **query: object) -> str:
    address = reverse("workbench:desk_case", args=[case.pk]) if case else reverse("workbench:desk")
    answer = browser.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def on(browser: Client, **values: object) -> HttpResponse:
    return browser.post(reverse("workbench:next"), {"form_token": new_token(), **values})


def hold(browser: Client, case: Case) -> HttpResponse:
    return browser.post(reverse("workbench:hold", args=[case.pk]))


def listed(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'class="queue-line[^"]*" data-case="(\d+)"', page)]


def address_of(case: Case) -> str:
    return reverse("workbench:desk_case", args=[case.pk])


def test_the_day_begins_on_the_desk_with_what_to_do(browser: Client, collector: User) -> None:
    case_of(collector)
    assert browser.get("/").headers["Location"] == reverse("workbench:desk")
    page = shown(browser)
    assert "今日待办 1 件" in page
    assert "尚未联系过" in page


def test_next_leads_to_the_best_case_which_says_why(browser: Client, collector: User) -> None:
    rolling, other = case_of(collector, days=59), case_of(collector)
    answer = on(browser)
    assert answer.headers["Location"] == address_of(rolling)
    page = shown(browser, rolling)
    assert listed(page) == [rolling.pk, other.pk]
    assert f'data-case="{rolling.pk}" aria-current="true"' in page
    assert re.search(r"2 天后滚入 M3，还清 1,234\.56 元可止住 <span[^>]*>\+550<", page)
    assert re.search(r"今日 22:00 后不可致电", page)
    assert "0 / 3" in page
    assert CaseLock.objects.get().case_id == rolling.pk


def test_going_on_without_a_call_puts_the_case_aside_for_a_while(monkeypatch, browser: Client, collector: User) -> None:
    first, second = case_of(collector, days=60), case_of(collector)
    on(browser)
    assert on(browser, **{"from": first.pk}).headers["Location"] == address_of(second)
    page = shown(browser, second)
    assert "已放到一边，30 分钟后再出现" in page
    assert listed(page) == [second.pk]
    at(monkeypatch, "10:31")
    assert listed(shown(browser, second)) == [first.pk, second.pk]


def test_from_call_to_the_next_case_without_a_page_between(browser: Client, collector: User) -> None:
    """As the script does it: the form's answer takes the place of the desk."""
    seed_codes()
    first, second = case_of(collector, days=60), case_of(collector)
    on(browser)
    page = shown(browser, first)
    point = re.search(r'name="point" value="(\d+)"', page)
    assert point is not None
    script = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{address_of(first)}"}
    opened = browser.post(
        reverse("workbench:contact_open", args=[first.pk]),
        {"form_token": new_token(), "point": point[1], "then": "next"},
        headers=script,
        follow=True,
    )
    assert "data-call-form" in opened.content.decode()
    attempt = ContactAttempt.objects.get()
    told = browser.post(
        reverse("workbench:attempt_record", args=[attempt.pk]),
        {"form_token": new_token(), "code": "NO_ANSWER", "then": "next"},
        headers=script,
        follow=True,
    )
    assert told.redirect_chain == [(address_of(second), 302)]
    assert told.headers["HX-Push-Url"] == address_of(second)
    assert (told.headers["HX-Retarget"], told.headers["HX-Reswap"]) == ("#desk", "outerHTML")
    answer = told.content.decode()
    assert "<html" not in answer
    assert answer.strip().startswith('<div id="desk"')
    assert "已记录" in answer


def test_somebody_elses_cases_are_not_there(
    browser: Client, collector: User, supervisor: User, client_as, monkeypatch
) -> None:
    """Not by next, not on the desk, not by a filter, not by guessing, and not by another desk's code."""
    mine, theirs = case_of(collector), case_of(supervisor, days=60)
    assert on(browser).headers["Location"] == address_of(mine)
    for query in (
        {},
        {"set": "1", "desk": theirs.desk.code},
        {"set": "1", "group": "rolling"},
        {"set": "1", "stage": "2"},
    ):
        page = shown(browser, **query)
        assert theirs.pk not in listed(page)
        assert theirs.loan.contract_no not in page
    for route in ("desk_case", "hold", "leave", "payday"):
        address = reverse(f"workbench:{route}", args=[theirs.pk])
        answer = browser.get(address) if route == "desk_case" else browser.post(address, {"form_token": new_token()})
        assert answer.status_code == 404
    assert on(browser, **{"from": theirs.pk}).status_code == 404
    assert theirs.pk not in listed(browser.get(reverse("workbench:plan")).content.decode())
    assert CaseLock.objects.get().case_id == mine.pk


def test_a_case_of_another_team_is_not_the_leaders_either(
    team_leader: User, supervisor: User, collector: User, client_as
):
    theirs, ours = case_of(supervisor), case_of(collector)
    leader = client_as(team_leader)
    assert leader.get(address_of(theirs)).status_code == 404
    assert listed(shown(leader)) == [ours.pk]


def test_the_leader_sees_who_is_on_a_case_and_is_not_offered_to_call(
    browser: Client, collector: User, team_leader: User, client_as
) -> None:
    case = case_of(collector)
    on(browser)
    page = shown(client_as(team_leader), case)
    assert "林催收 自 10:00 正在处理这件案件" in page
    assert reverse("workbench:contact_open", args=[case.pk]) not in page
    answer = hold(client_as(team_leader), case)
    assert (answer.status_code, answer.json()) == (409, {"holder": "林催收"})
    assert CaseLock.objects.get().user == collector


def test_the_open_page_keeps_the_case_and_leaving_gives_it_back(
    monkeypatch, browser: Client, collector: User, team_leader: User, client_as
) -> None:
    case = case_of(collector)
    shown(browser, case)
    assert not CaseLock.objects.exists()  # looking locks nothing
    assert hold(browser, case).status_code == 204
    at(monkeypatch, "10:08")
    assert hold(browser, case).status_code == 204
    at(monkeypatch, "10:15")
    assert hold(client_as(team_leader), case).status_code == 409
    assert browser.post(reverse("workbench:leave", args=[case.pk])).status_code == 204
    assert hold(client_as(team_leader), case).status_code == 204


def test_what_is_missing_and_what_is_old_is_said_before_the_call(browser: Client, collector: User) -> None:
    case = make_case(desk=case_of(collector).desk, as_of=TODAY)
    make_run(case.loan.source, TODAY + dt.timedelta(days=1))
    page = shown(browser, case)
    assert "没有本人可用的号码" in page
    assert re.search(r"文件中没有</dt><dd>地址、工作单位<", page)
    assert "金额截至 2026-03-02，来源已到 2026-03-03，拨打前请核实" in page


def test_promises_contacts_debts_and_holds_stand_beside_the_case(
    browser: Client, collector: User, supervisor: User
) -> None:
    case = case_of(collector, days=59)
    other = make_case(desk=case.desk, debtor=case.loan.debtor, as_of=TODAY)
    called(case, days_ago=2, by=collector)
    make_promise(case=case, amount=case.total, due_on=TODAY, actor=collector, now=NOW)
    place_hold(
        debtor=case.loan.debtor, type=HoldType.COMPLAINT, reason="投诉张三", proof="信", actor=supervisor, now=NOW
    )
    raise_risk(case=case, type="high", evidence="多头负债", proposal="watch", actor=collector, now=NOW)
    page = shown(browser, case)
    assert re.search(r">高风险</a> <span[^>]*>待决定<", page)
    assert "承诺今日到期 1,234.56 元" in page
    assert "等待还款" in page
    assert "电话 · 无人接听" in page
    assert other.loan.contract_no in page
    assert "投诉张三" in page


def test_a_filter_is_kept_and_saved_and_next_goes_by_it(browser: Client, collector: User) -> None:
    small, large = case_of(collector, days=60, total="500"), case_of(collector, total="9000")
    assert listed(shown(browser, set="1", amount_from="1000")) == [large.pk]
    assert listed(shown(browser)) == [large.pk]
    assert on(browser).headers["Location"] == address_of(large)
    browser.post(reverse("workbench:view_save"), {"form_token": new_token(), "name": "大额", "is_default": "on"})
    view = SavedView.objects.get()
    assert (view.user, view.query, view.is_default) == (collector, {"amount_from": "1000"}, True)
    assert set(listed(shown(browser, set="1"))) == {small.pk, large.pk}
    assert "amount_from=1000" in shown(browser)
    assert listed(shown(browser, set="1", amount_from="x")) != []  # what cannot be read is left out
    browser.post(reverse("workbench:view_save"), {"form_token": new_token(), "delete": view.pk})
    assert not SavedView.objects.exists()


def test_an_empty_desk_says_what_to_do(browser: Client, collector: User, supervisor: User, client_as) -> None:
    assert "您还没有席位" in shown(browser)
    gone = case_of(collector)
    Case.objects.filter(pk=gone.pk).update(absent_since=TODAY)
    assert "席位上没有案件" in shown(browser)
    case_of(collector)
    assert "没有符合筛选的案件" in shown(browser, set="1", amount_from="99999")
    assert on(browser).headers["Location"].endswith("?none=1")


def test_at_night_the_desk_says_from_when_on(monkeypatch, browser: Client, collector: User) -> None:
    case_of(collector)
    at(monkeypatch, "22:30")
    answer = on(browser)
    assert not CaseLock.objects.exists()
    assert "03-03 08:00 起可以" in browser.get(answer.headers["Location"]).content.decode()


def test_a_payday_is_noted_and_counts_in_the_days_before(browser: Client, collector: User) -> None:
    case = case_of(collector)

    def note(day: str) -> None:
        browser.post(reverse("workbench:payday", args=[case.pk]), {"form_token": new_token(), "day": day})

    note("5")
    assert Payday.objects.get().day == 5
    assert re.search(r"发薪日前三天 <span[^>]*>\+30<", shown(browser, case))
    for wrong in ("0", "32", "周五"):
        note(wrong)
        assert "发薪日须在 1 与 31 之间" in shown(browser, case)
    assert Payday.objects.get().day == 5
    note("")
    assert not Payday.objects.exists()


def test_the_plan_of_the_day_lists_hours_and_the_promises_of_the_week(browser: Client, collector: User) -> None:
    case, later = case_of(collector), case_of(collector)
    make_promise(case=case, amount=case.total, due_on=TODAY + dt.timedelta(days=3), actor=collector, now=NOW)
    make_promise(case=later, amount=later.total, due_on=TODAY + dt.timedelta(days=7), actor=collector, now=NOW)
    page = browser.get(reverse("workbench:plan")).content.decode()
    assert "10:00–11:00" in page
    assert address_of(case) in page
    assert "至 03-08 共 1,234.56 元" in page
    assert "今日已联系 0，待办 2" in page
