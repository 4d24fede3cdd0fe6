"""The pages of assignment: the board, a run, the rules, the ledger."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.assignment import board_views
from agents.assignment.jobs import PLAN_JOB, plan_assignment
from agents.models import AssignmentRules, AssignmentRun, FairnessEntry, RunState
from cases.models import Desk
from collection_ops.core import tasks
from collection_ops.core.approvals import waiting_for
from collection_ops.core.models import Job, User
from collection_ops.core.services.form_tokens import new_token
from collection_ops.core.services.jobs import ExpectedFailure, JobRun
from tests.agents.assignment.by_hand import run_by_hand
from tests.cases.builders import desk_of, make_case
from tests.staff import make_team, place

pytestmark = pytest.mark.django_db
As = Callable[[User], Client]


def text_of(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


def other_team(name: str = "另组员") -> Desk:
    from collection_ops.core.services.accounts import create_user

    person = create_user(
        username=f"other-{name}", display_name=name, password="x-long-enough-9", roles=["collector"], actor=None,
        unit="team-b",
    )  # fmt: skip
    place(person, make_team("team-b", "二组"))
    return desk_of(person)


class TestTheBoard:
    def test_shows_the_pool_by_what_it_asks_for_and_the_desks_with_their_load(
        self, client_as: As, supervisor: User, collector: User
    ) -> None:
        place(collector, soft_count=1, hard_count=2, level_set=4)
        for total in ("500.00", "25000.00", "30000.00"):
            make_case(days=70, total=total)
        for _case in range(3):
            make_case(days=20, desk=desk_of(collector))
        page = client_as(supervisor).get(reverse("assignment:board"))
        lines = {(line.stage.label, line.level): line for line, _bands in page.context["pool"]}
        assert lines["M3", 4].total.count == 2
        assert lines["M3", 4].total.amount == Decimal("55000.00")
        assert [sums.count for sums in lines["M3", 3].bands] == [1, 0, 0, 0]
        (desk,) = page.context["desks"]
        assert (desk.load.count, desk.tone, desk.level, desk.may_contact) == (3, "danger", 4, True)
        assert "M3 及以上大额" in text_of(page)

    def test_shows_a_leader_the_own_team_only(self, client_as: As, team_leader: User, collector: User) -> None:
        place(collector)
        other_team()
        page = client_as(team_leader).get(f"{reverse('assignment:board')}?team=team-b")
        assert [line.desk.owner for line in page.context["desks"]] == [collector]
        assert "另组员" not in text_of(page)

    def test_of_an_empty_house_says_what_to_do(self, client_as: As, supervisor: User) -> None:
        page = text_of(client_as(supervisor).get(reverse("assignment:board")))
        assert "案件池是空的" in page
        assert "还没有催收员席位" in page
        assert "还没有分案批次" in page

    def test_keeps_what_was_typed_wrong(self, client_as: As, supervisor: User) -> None:
        answer = client_as(supervisor).post(
            reverse("assignment:plan"),
            {"form_token": new_token(), "where": "desks", "amount_from": "9", "amount_to": "3", "stage": ["2"]},
        )
        page = text_of(answer)
        assert answer.status_code == 400
        assert "上限须不低于下限" in page
        assert "重新分配时请选择一个小组" in page
        assert 'value="9"' in page

    def test_lets_a_leader_deal_to_the_own_team_only(self, client_as: As, team_leader: User, collector: User) -> None:
        place(collector)
        other_team()
        answer = client_as(team_leader).post(
            reverse("assignment:plan"), {"form_token": new_token(), "where": "pool", "unit": "team-b"}
        )
        assert answer.status_code == 400
        answer = client_as(team_leader).post(
            reverse("assignment:plan"), {"form_token": new_token(), "where": "pool", "unit": ""}
        )
        assert answer.status_code == 400


class TestARun:
    def test_begins_with_a_sentence_and_says_why_of_every_case(
        self, client_as: As, supervisor: User, collector: User
    ) -> None:
        place(collector)
        other = other_team()
        run = run_by_hand([make_case(), make_case()], [desk_of(collector), other], kept=[make_case()])
        page = text_of(client_as(supervisor).get(reverse("assignment:run", args=[run.pk])))
        assert "看过 3 件，<strong>2</strong> 件会移动，1 件留在原处" in page
        assert "为什么不是别人" in page
        assert "最接近的席位" not in page  # nobody came near
        narrowed = client_as(supervisor).get(f"{reverse('assignment:run', args=[run.pk])}?show=stays")
        assert len(narrowed.context["lines"]) == 1
        narrowed = client_as(supervisor).get(f"{reverse('assignment:run', args=[run.pk])}?desk={other.pk}")
        assert [line.move.to_desk for line in narrowed.context["lines"]] == [other]

    def test_of_another_team_does_not_exist_for_a_leader(
        self, client_as: As, team_leader: User, supervisor: User
    ) -> None:
        own = run_by_hand([make_case()], [other_team()], unit="team-a")
        foreign = run_by_hand([make_case()], [other_team("另二")], unit="team-b")
        everybodys = run_by_hand([make_case()], [other_team("另三")])
        client = client_as(team_leader)
        assert client.get(reverse("assignment:run", args=[own.pk])).status_code == 200
        for run in (foreign, everybodys):
            assert client.get(reverse("assignment:run", args=[run.pk])).status_code == 404
            assert client.get(reverse("assignment:run", args=[run.pk + 2**62])).status_code == 404
            case = run.moves.get().case_id
            answer = client.post(reverse("assignment:edit", args=[run.pk, case]), {"form_token": new_token()})
            assert answer.status_code == 404
        assert client_as(supervisor).get(reverse("assignment:run", args=[foreign.pk])).status_code == 200

    def test_masks_a_leader_the_names_of_the_pool(self, client_as: As, team_leader: User, collector: User) -> None:
        place(collector)
        run = run_by_hand(
            [make_case(name="欧阳不见"), make_case(name="司马可见", desk=other_desk(team_leader))],
            [desk_of(collector)],
            unit="team-a",
        )
        page = text_of(client_as(team_leader).get(reverse("assignment:run", args=[run.pk])))
        assert "欧阳不见" not in page
        assert "司马可见" in page

    def test_refuses_a_desk_that_is_none_of_the_choices_and_keeps_the_form(
        self, client_as: As, supervisor: User, collector: User
    ) -> None:
        place(collector)
        run = run_by_hand([make_case()], [desk_of(collector)], unit="team-a")
        case, foreign = run.moves.get().case_id, other_team()
        answer = client_as(supervisor).post(
            reverse("assignment:edit", args=[run.pk, case]), {"form_token": new_token(), "desk": str(foreign.pk)}
        )
        assert answer.status_code == 409
        assert "这个席位不在可选范围内" in text_of(answer)

    def test_waits_for_somebody_else_on_the_page_of_tasks(self, supervisor: User, manager: User) -> None:
        run_by_hand([make_case()], [other_team()], planned_by=supervisor)
        labels = {waiting.label: waiting.count for waiting in waiting_for(manager)}
        assert labels["待批准的分案"] == 1
        assert "待批准的分案" not in {waiting.label for waiting in waiting_for(supervisor)}


def other_desk(leader: User) -> Desk:
    """A desk of the leader's own team."""
    return Desk.objects.get_or_create(
        owner=leader, defaults={"code": "leader", "name": "组长席", "kind": "collector", "unit": leader.unit}
    )[0]


class TestTheRules:
    def values(self, page: object) -> dict[str, object]:
        """The form of the page as a browser would send it."""
        lines, sent = page.context["lines"], {}  # type: ignore[attr-defined]
        for number, line in enumerate(lines):
            for name in ("name", "products", "regions", "languages", "min_level"):
                sent[f"line-{number}-{name}"] = line[name]
            for name in ("amount_from", "amount_to"):
                sent[f"line-{number}-{name}"] = line[name] or ""
            sent[f"line-{number}-stages"] = [str(stage.value) for stage, is_on in line["stages"] if is_on]
        sent |= {f"value-{one['name']}": one["value"] for one in page.context["values"]}  # type: ignore[attr-defined]
        in_force = page.context["in_force"]  # type: ignore[attr-defined]
        return sent | {"line_count": len(lines), "based_on": in_force.version, "form_token": new_token()}

    def test_are_added_moved_taken_away_and_saved(self, client_as: As, supervisor: User) -> None:
        client = client_as(supervisor)
        page = client.get(reverse("assignment:rules"))
        url = reverse("assignment:rules_save")
        page = client.post(url, {**self.values(page), "do": "add"})
        assert len(page.context["lines"]) == 5
        assert not AssignmentRules.objects.exists()
        typed = {
            **self.values(page),
            "line-4-name": "粤语",
            "line-4-languages": "粤语，潮汕话",
            "line-4-min_level": "2",
        }
        page = client.post(url, {**typed, "do": "up-4"})
        assert page.context["lines"][3]["name"] == "粤语"
        page = client.post(url, {**self.values(page), "do": "remove-0"})
        saved = client.post(url, {**self.values(page), "do": "save", "reason": "粤语案件"})
        assert saved.status_code == 302
        rules = AssignmentRules.objects.get()
        assert [line["name"] for line in rules.lines] == ["M3 及以上", "M2", "粤语", "M1"]
        assert rules.lines[2]["languages"] == ["粤语", "潮汕话"]
        assert "粤语案件" in text_of(client.get(reverse("assignment:rules")))

    def test_say_which_field_is_wrong_and_keep_the_rest(self, client_as: As, supervisor: User) -> None:
        client = client_as(supervisor)
        typed = self.values(client.get(reverse("assignment:rules")))
        answer = client.post(
            reverse("assignment:rules_save"),
            {**typed, "line-1-amount_from": "三百", "reason": "试一试", "do": "save"},
        )
        assert answer.status_code == 409
        assert answer.context["lines"][1]["wrong"] == "amount_from"
        page = text_of(answer)
        assert 'value="三百"' in page
        assert 'value="试一试"' in page
        assert not AssignmentRules.objects.exists()

    def test_changed_by_a_colleague_meanwhile_are_not_overwritten(self, client_as: As, supervisor: User) -> None:
        client, url = client_as(supervisor), reverse("assignment:rules_save")
        typed = {**self.values(client.get(reverse("assignment:rules"))), "reason": "甲", "line-0-min_level": "5"}
        assert client.post(url, {**typed, "do": "save"}).status_code == 302
        answer = client.post(url, {**typed, "do": "save", "form_token": new_token(), "line-0-min_level": "3"})
        assert answer.status_code == 409
        assert "规则已被他人修改" in text_of(answer)

    def test_are_read_but_not_changed_by_a_leader(self, client_as: As, team_leader: User) -> None:
        client = client_as(team_leader)
        page = text_of(client.get(reverse("assignment:rules")))
        assert "M3 及以上大额" in page
        assert "保存并生效" not in page
        assert client.post(reverse("assignment:rules_save"), {"form_token": new_token()}).status_code == 403

    @pytest.mark.parametrize("count", ["", "-1", "x", "99999999999", "70"])
    def test_survive_an_odd_form(self, client_as: As, supervisor: User, count: str) -> None:
        answer = client_as(supervisor).post(
            reverse("assignment:rules_save"), {"form_token": new_token(), "line_count": count, "do": "save"}
        )
        assert answer.status_code == 409
        assert answer.context["refused"]


class TestTheLedger:
    def test_adds_up_by_person_and_leaves_out_what_was_undone(
        self, client_as: As, supervisor: User, team_leader: User, collector: User
    ) -> None:
        place(collector)
        other = other_team()
        run = run_by_hand([make_case()], [desk_of(collector)], state=RunState.APPLIED, applied_at=timezone.now())
        undone = run_by_hand([make_case()], [desk_of(collector)], state=RunState.UNDONE)
        day = dt.date(2026, 3, 31)
        for found, user, stage, dealt in (
            (run, collector, 1, "80"),
            (run, collector, 2, "30"),
            (undone, collector, 1, "9"),
        ):
            FairnessEntry.objects.create(run=found, user=user, day=day, stage=stage, dealt=dealt, share="100")
        FairnessEntry.objects.create(run=run, user=other.owner, day=day, stage=1, dealt="290", share="200")
        url = f"{reverse('assignment:fairness')}?month=2026-03"
        page = client_as(supervisor).get(url)
        behind, ahead = page.context["lines"]
        assert (behind.user, behind.dealt, behind.share, behind.percent) == (collector, 110, 200, 55)
        assert ahead.difference == 90
        assert "−90" not in text_of(page)
        own = client_as(team_leader).get(url)
        assert [line.user for line in own.context["lines"]] == [collector]

    @pytest.mark.parametrize("month", ["", "2026-13", "x", "9999-01", "0001-01", "2026-03-99"])
    def test_of_a_month_that_is_none_shows_this_month(self, client_as: As, supervisor: User, month: str) -> None:
        assert client_as(supervisor).get(reverse("assignment:fairness"), {"month": month}).status_code == 200


def test_a_case_says_why_it_was_dealt_to_its_desk(client_as: As, supervisor: User, collector: User) -> None:
    place(collector)
    desk, case = desk_of(collector), make_case()
    url = f"{reverse('cases:record', args=[case.pk])}?tab=custody"
    run = run_by_hand([case], [desk, other_team()], state=RunState.APPLIED, applied_at=timezone.now())
    assert "为什么分给" not in text_of(client_as(supervisor).get(url))  # it lies elsewhere by now
    type(case).objects.filter(pk=case.pk).update(desk=desk)
    page = text_of(client_as(supervisor).get(url))
    assert f"为什么分给 {desk.name}" in page
    assert "为什么不是别人" in page
    assert reverse("assignment:run", args=[run.pk]) in page
    own = text_of(client_as(collector).get(url))
    assert f"为什么分给 {desk.name}" in own
    assert "为什么不是别人" not in own


class TestALargePool:
    def test_is_planned_by_a_job_that_plans_once_and_leads_to_its_preview(
        self, client_as: As, supervisor: User, collector: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        place(collector)
        for total in ("500.00", "700.00"):
            make_case(days=10, total=total)
        monkeypatch.setattr(board_views, "PLANNED_AT_ONCE", 1)
        monkeypatch.setattr(tasks.run_job, "delay", lambda *args: None)  # the test is the worker
        typed = {"day": timezone.localdate().isoformat(), "where": "pool", "form_token": new_token()}
        answer = client_as(supervisor).post(reverse("assignment:plan"), typed)
        job = Job.objects.get(kind=PLAN_JOB)
        assert answer.url == reverse("core:job", args=[job.pk])
        assert not AssignmentRun.objects.exists()
        for _delivery in range(2):
            outcome = plan_assignment(JobRun(job))
        run = AssignmentRun.objects.get()
        assert (run.job, run.planned_by, run.case_count) == (job, supervisor, 2)
        assert outcome.url == reverse("assignment:run", args=[run.pk])

    def test_is_not_planned_for_somebody_who_may_no_longer(self, supervisor: User, collector: User) -> None:
        place(collector)
        make_case(days=10)
        params = {"chosen": {}, "unit": "", "day": timezone.localdate().isoformat()}
        job = Job.objects.create(kind=PLAN_JOB, title="预览", params=params, created_by=supervisor)
        supervisor.role_grants.all().delete()
        with pytest.raises(ExpectedFailure):
            plan_assignment(JobRun(Job.objects.get(pk=job.pk)))
        assert not AssignmentRun.objects.exists()
