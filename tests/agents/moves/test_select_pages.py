"""From the list over the preview to the move, as a person does it in a browser."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from agents.models import ChoiceState, MoveChoice
from agents.moves import choice as choices
from cases.models import Case, Promise
from cases.services.custody import move_cases
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs
from collection_ops.core.services.accounts import grant_role
from collection_ops.core.services.form_tokens import new_token
from tests.agents.moves.test_move import colleague
from tests.cases.builders import AS_OF, desk_of, make_case, pool_desk

pytestmark = pytest.mark.django_db


def choose(client: Client, desk: int, **values: object) -> MoveChoice:
    data = {"form_token": new_token(), "desk": desk, "reason": "调整", **values}
    answer = client.post(reverse("moves:choose"), data)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return MoveChoice.objects.latest("pk")


def test_ticked_cases_are_previewed_and_moved_with_the_other_debts_of_the_person(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    other, client = colleague(), client_as(supervisor)
    case = make_case(desk=desk_of(collector), total="1000.00")
    linked = make_case(desk=desk_of(collector), total="50.00", debtor=case.loan.debtor)
    Promise.objects.create(
        case=case, amount=100, enough=100, made_on=AS_OF, due_on=AS_OF, counts_until=AS_OF, owed=case.total,
        stage=case.stage,
    )  # fmt: skip
    page = client.get(reverse("moves:select"))
    assert case.loan.contract_no in page.content.decode() and "马催收 · 0 / 200 件" in page.content.decode()

    choice = choose(client, desk_of(other).pk, case=[case.pk])
    shown = client.get(reverse("moves:choice", args=[choice.pk]))
    text = shown.content.decode()
    assert "1,050.00" in text and "一并移动同一人的其他债务：1 件，50.00 元" in text
    assert f"承诺 {AS_OF:%Y-%m-%d} 还款" in text
    without = client.get(reverse("moves:choice", args=[choice.pk]) + "?without=1")
    assert "同一个人会由两个席位联系" in without.content.decode()

    client.post(reverse("moves:choice", args=[choice.pk]), {"form_token": new_token(), "with_linked": "on"})
    assert set(Case.objects.values_list("desk__owner", flat=True)) == {other.pk}
    choice.refresh_from_db()
    assert (choice.state, choice.result["moved"]) == (ChoiceState.MOVED, 2)
    again = client.post(reverse("moves:choice", args=[choice.pk]), {"form_token": new_token()})
    assert again.status_code == 409 and "已经提交过" in again.content.decode()
    linked.refresh_from_db()
    assert linked.desk == desk_of(other)


def test_all_that_the_filter_finds_is_frozen_and_what_moved_meanwhile_is_named_on_the_page(
    client_as: Callable[[User], Client], collector: User, supervisor: User, manager: User
) -> None:
    other, client = colleague(), client_as(supervisor)
    cases = [make_case(desk=desk_of(collector), days=45) for _ in range(4)]
    make_case(desk=desk_of(collector), days=5)
    choice = choose(client, desk_of(other).pk, all="on", query="stage=2&status=open")
    assert choice.cases == [case.pk for case in cases]
    move_cases(cases=[cases[1].pk], desk=pool_desk(), reason="pool", actor=manager, now=clock.now())
    client.post(reverse("moves:choice", args=[choice.pk]), {"form_token": new_token()})
    text = client.get(reverse("moves:choice", args=[choice.pk])).content.decode()
    assert "1 件在您选择之后已被移走" in text and cases[1].loan.contract_no in text and str(manager) in text
    assert Case.objects.filter(desk=desk_of(other)).count() == 3


def test_somebody_elses_choice_does_not_exist(
    client_as: Callable[[User], Client], collector: User, supervisor: User, manager: User
) -> None:
    case = make_case(desk=desk_of(collector))
    choice = choose(client_as(supervisor), pool_desk().pk, case=[case.pk])
    assert client_as(manager).get(reverse("moves:choice", args=[choice.pk])).status_code == 404


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"case": []}, "没有选中"),
        ({"desk": ""}, "请选择目标席位"),
        ({"desk": "²"}, "请选择目标席位"),
        ({"reason": " "}, "请写明移动的原因"),
    ],
)
def test_an_incomplete_form_comes_back_with_what_was_typed(
    client_as: Callable[[User], Client], collector: User, supervisor: User, values: dict[str, object], sentence: str
) -> None:
    case, client = make_case(desk=desk_of(collector)), client_as(supervisor)
    data = {"form_token": new_token(), "case": [case.pk], "desk": pool_desk().pk, "reason": "太久没人跟"}
    answer = client.post(reverse("moves:choose"), {**data, **values})
    text = answer.content.decode()
    assert answer.status_code == 400 and sentence in text
    assert not MoveChoice.objects.exists()
    if "reason" not in values:
        assert 'value="太久没人跟"' in text


def test_a_leader_sees_pool_and_team_but_no_other_team_and_no_agency_desk(
    client_as: Callable[[User], Client], collector: User, team_leader: User
) -> None:
    stranger = colleague("chen", unit="team-b")
    own, pooled, foreign = make_case(desk=desk_of(collector)), make_case(), make_case(desk=desk_of(stranger))
    client = client_as(team_leader)
    text = client.get(reverse("moves:select")).content.decode()
    assert own.loan.contract_no in text and pooled.loan.contract_no in text
    desks = text[text.index('id="move-desk"') :].partition("</select>")[0]
    assert foreign.loan.contract_no not in text and f'value="{desk_of(stranger).pk}"' not in desks
    assert f'value="{desk_of(collector).pk}"' in desks
    assert client.get(reverse("moves:case", args=[foreign.pk])).status_code == 404
    assert client.get(reverse("moves:case", args=[pooled.pk])).status_code == 200
    answer = client.post(
        reverse("moves:case", args=[own.pk]),
        {"form_token": new_token(), "desk": desk_of(stranger).pk, "reason": "试"},
    )
    assert answer.status_code == 400 and "您的角色不能把案件移到" in answer.content.decode()


def test_many_are_moved_by_a_job_that_may_come_twice(
    client_as: Callable[[User], Client], collector: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "AT_ONCE", 2)
    other, client = colleague(), client_as(supervisor)
    cases = [make_case(desk=desk_of(collector)) for _ in range(3)]
    choice = choose(client, desk_of(other).pk, case=[case.pk for case in cases])
    client.post(reverse("moves:choice", args=[choice.pk]), {"form_token": new_token()})
    choice.refresh_from_db()
    assert choice.state == ChoiceState.MOVING and choice.job is not None
    assert "查看进度" in client.get(reverse("moves:choice", args=[choice.pk])).content.decode()
    jobs.run(choice.job.pk)
    jobs.run(choice.job.pk)
    choice.refresh_from_db()
    assert (choice.state, choice.result["moved"]) == (ChoiceState.MOVED, 3)
    assert Job.objects.get().state == "done"


def test_a_job_whose_starter_lost_the_right_moves_nothing_and_can_be_looked_at_anew(
    client_as: Callable[[User], Client], collector: User, supervisor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choices, "AT_ONCE", 0)
    case, client = make_case(desk=desk_of(collector)), client_as(supervisor)
    choice = choose(client, pool_desk().pk, case=[case.pk])
    client.post(reverse("moves:choice", args=[choice.pk]), {"form_token": new_token()})
    supervisor.role_grants.all().delete()
    choice.refresh_from_db()
    assert choice.job is not None
    jobs.run(choice.job.pk)
    choice.refresh_from_db()
    assert choice.state == ChoiceState.PREVIEW
    assert Job.objects.get().state == "failed" and "权限" in Job.objects.get().error
    case.refresh_from_db()
    assert case.desk == desk_of(collector)

    grant_role(user=supervisor, role=Role.SUPERVISOR, actor=None)
    supervisor.refresh_from_db()
    client.post(reverse("moves:choice", args=[choice.pk]), {"form_token": new_token()})
    choice.refresh_from_db()
    assert choice.job is not None
    jobs.run(choice.job.pk)
    case.refresh_from_db()
    assert case.desk == pool_desk(), "confirmed anew, it is a job anew"


def test_the_record_leads_to_the_move_and_the_limits_page_saves(
    client_as: Callable[[User], Client], collector: User, supervisor: User
) -> None:
    case, client = make_case(desk=desk_of(collector)), client_as(supervisor)
    assert reverse("moves:case", args=[case.pk]) in client.get(reverse("cases:record", args=[case.pk])).content.decode()
    page = client.get(reverse("moves:limits"))
    assert page.status_code == 200
    data = {"form_token": new_token(), "based_on": "0", "reason": "收紧"}
    for role in ("team_leader", "supervisor", "manager"):
        data |= {f"{role}-takes": ["pool"], f"{role}-gives": ["collector"], f"{role}-most": "9"}
    assert client.post(reverse("moves:limits"), data).status_code == 302
    stale = client.post(reverse("moves:limits"), {**data, "form_token": new_token()})
    assert stale.status_code == 409 and "已被他人修改" in stale.content.decode()
