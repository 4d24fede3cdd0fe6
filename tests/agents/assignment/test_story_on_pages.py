"""A handing out through its pages: planned, read, changed, approved by somebody else, in force, taken back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from agents.assignment import run_views
from agents.assignment.jobs import APPLY_JOB
from agents.assignment.selectors_board import working_day
from agents.models import AssignmentMove, AssignmentRun
from cases.models import Case
from cases.services.custody import move_cases
from collection_ops.core import clock
from collection_ops.core.models import Job, User
from collection_ops.core.services.form_tokens import new_token
from tests.agents.assignment.cast import crew, pool_cases
from tests.agents.assignment.test_pages import text_of
from tests.cases.builders import desk_of, make_case, pool_desk

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


def send(client: Client, route: str, *args: int, **values: Any) -> Any:
    return client.post(reverse(f"assignment:{route}", args=args), {"form_token": new_token(), **values}, follow=True)


def plan(client: Client, **values: Any) -> Any:
    day = working_day(clock.business_date(clock.now()))
    return send(client, "plan", **{"day": day.isoformat(), "where": "pool", "unit": "", **values})


def test_from_the_pool_to_the_desks_and_back(client_as: As, supervisor: User, manager: User) -> None:
    people, chief, boss = crew(3), client_as(supervisor), client_as(manager)
    pool_cases(12)
    hard = make_case(days=75)
    page = plan(chief, stage=["1"])
    run = AssignmentRun.objects.get()
    assert page.redirect_chain[-1][0] == reverse("assignment:run", args=[run.pk])
    assert (run.case_count, run.chosen) == (12, {"stage": [1]})
    assert "您生成或调整的预览须由另一位主管或经理批准" in text_of(page)
    assert "为什么不是别人" in text_of(page)

    move = run.moves.exclude(to_desk=desk_of(people[0])).earliest("pk")
    page = chief.get(f"{reverse('assignment:run', args=[run.pk])}?edit={move.pk}")
    assert page.content.decode().count('id="edit-desk"') == 1
    page = send(chief, "edit", run.pk, move.case_id, desk=str(desk_of(people[0]).pk))
    assert "已调整" in text_of(page)
    assert "人工指定" in text_of(chief.get(f"{reverse('assignment:run', args=[run.pk])}?show=edited"))

    assert "可重放：一致" in text_of(send(boss, "replay", run.pk))
    assert "不能批准它" in text_of(send(chief, "approve", run.pk))
    assert "已批准" in text_of(send(boss, "approve", run.pk))
    assert "已生效：移动 12 件案件" in text_of(send(boss, "apply", run.pk))
    assert set(Case.objects.filter(desk=pool_desk())) == {hard}
    assert Case.objects.get(pk=move.case_id).desk == desk_of(people[0])

    page = send(boss, "undo", run.pk, reason="")
    assert (page.status_code, "撤销" in text_of(page)) == (409, True)
    assert "已撤销：12 件案件回到原来的席位" in text_of(send(boss, "undo", run.pk, reason="分错了"))
    assert Case.objects.filter(desk=pool_desk()).count() == 13


def test_a_button_of_yesterdays_page_answers_with_how_things_stand(
    client_as: As, supervisor: User, manager: User
) -> None:
    crew(2)
    pool_cases(4)
    chief, boss = client_as(supervisor), client_as(manager)
    plan(chief)
    run = AssignmentRun.objects.get()
    send(boss, "reject", run.pk, reason="先等等")
    for client, route in ((boss, "approve"), (boss, "apply"), (boss, "undo"), (chief, "drop"), (boss, "reject")):
        page = send(client, route, run.pk, reason="再试")
        assert page.status_code == 409, route
        assert "现在是“已放弃”" in text_of(page)
    move = run.moves.earliest("pk")
    page = send(chief, "edit", run.pk, move.case_id, desk="")
    assert page.status_code == 409
    assert "现在是“已放弃”" in text_of(page)  # although there is no form any more in which it could stand


def test_a_double_click_approves_once_and_says_so(client_as: As, supervisor: User, manager: User) -> None:
    crew(2)
    pool_cases(4)
    plan(client_as(supervisor))
    run, token = AssignmentRun.objects.get(), new_token()
    boss, url = client_as(manager), reverse("assignment:approve", args=[AssignmentRun.objects.get().pk])
    assert boss.post(url, {"form_token": token}).status_code == 302
    page = boss.post(url, {"form_token": token}, follow=True)
    assert page.status_code == 200
    assert "没有重复执行" in text_of(page)
    run.refresh_from_db()
    assert run.state == "approved"


def test_what_a_colleague_moved_meanwhile_is_left_out_and_shown(client_as: As, supervisor: User, manager: User) -> None:
    people = crew(2)
    pool_cases(10)
    plan(client_as(supervisor))
    run, boss = AssignmentRun.objects.get(), client_as(manager)
    send(boss, "approve", run.pk)
    gone = run.moves.earliest("pk")
    move_cases(
        cases=[gone.case_id], desk=desk_of(people[1]), reason="reassigned", actor=supervisor, now=clock.database_now()
    )
    page = text_of(send(boss, "apply", run.pk))
    assert "已生效：移动 9 件案件" in page
    assert "1 件在生成预览后已变化" in page
    page = text_of(boss.get(f"{reverse('assignment:run', args=[run.pk])}?show=otherwise"))
    assert "略过：生成预览后案件已换席位" in page


def test_a_large_run_is_put_in_force_in_the_background_once(
    client_as: As, supervisor: User, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_views, "APPLIED_AT_ONCE", 2)
    crew(2)
    pool_cases(4)
    plan(client_as(supervisor))
    run, boss = AssignmentRun.objects.get(), client_as(manager)
    send(boss, "approve", run.pk)
    page = send(boss, "apply", run.pk)
    assert "正在后台移动" in text_of(page)
    assert "使其生效" not in text_of(page)
    send(boss, "apply", run.pk)
    assert Job.objects.filter(kind=APPLY_JOB, params={"run": run.pk}).count() == 1


def test_an_empty_pool_and_a_house_without_people_are_said_on_the_form(client_as: As, supervisor: User) -> None:
    chief = client_as(supervisor)
    page = plan(chief)
    assert page.status_code == 409
    assert "所选范围内没有未结案件" in text_of(page)
    make_case()
    page = plan(chief)
    assert page.status_code == 409
    assert "没有可用的催收员席位" in text_of(page)


@pytest.mark.parametrize("day", ["", "2020-01-01", "2999-01-01", "昨天"])
def test_cases_are_dealt_for_a_day_to_come(client_as: As, supervisor: User, day: str) -> None:
    crew(1)
    pool_cases(1)
    page = plan(client_as(supervisor), day=day)
    assert page.status_code == 400
    assert page.context["form"].errors["day"]
    assert not AssignmentRun.objects.exists()


def test_a_leader_deals_the_pool_to_the_own_team(client_as: As, team_leader: User) -> None:
    own = crew(2)
    crew(2, unit="team-b")
    pool_cases(6)
    page = plan(client_as(team_leader), unit="team-a")
    assert page.status_code == 200
    assert set(AssignmentMove.objects.values_list("to_desk__owner", flat=True)) == {person.pk for person in own}


def test_cases_of_a_team_are_dealt_anew_within_the_team(client_as: As, supervisor: User) -> None:
    people = crew(3)
    for n in range(9):
        make_case(days=10, total=f"{2000 + n}", desk=desk_of(people[0]))
    crew(1, unit="team-b")
    page = plan(client_as(supervisor), where="desks", unit="team-a")
    run = AssignmentRun.objects.get()
    assert page.status_code == 200
    assert run.case_count == 9
    assert 0 < run.move_count < 9
    assert set(run.moves.filter(to_desk__isnull=False).values_list("to_desk__unit", flat=True)) == {"team-a"}


def test_rules_are_tried_out_before_they_are_saved(client_as: As, supervisor: User) -> None:
    crew(2, level_set=3)
    pool_cases(4)
    from tests.agents.assignment.test_pages import TestTheRules

    chief, url = client_as(supervisor), reverse("assignment:rules_save")
    typed = TestTheRules().values(chief.get(reverse("assignment:rules")))
    page = text_of(chief.post(url, {**typed, "do": "try"}))
    assert "案件池 4 件，分出 4 件，与现行规则结果相同" in page
    page = text_of(chief.post(url, {**typed, "line-3-min_level": "5", "do": "try"}))
    assert "现行规则分出 4 件，修改后分出 0 件" in page
    assert "没有难度等级足够的人员" in page
