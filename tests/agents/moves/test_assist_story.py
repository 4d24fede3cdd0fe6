"""Assistance (协催) from asking to finishing: who sees the case when, and whose the money is."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.credit import credited
from agents.models import AssistRequest, AssistState
from agents.moves import assist
from agents.moves.assist import AssistRefused
from cases.models import Case, CaseHelper, Repayment
from cases.services.custody import move_cases
from collection_ops.core import clock
from collection_ops.core.models import Notification, User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import TrainingCertificate
from tests.agents.moves.test_move import colleague
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.core.races import at_once
from tests.staff import make_team

pytestmark = pytest.mark.django_db


def today() -> dt.date:
    return clock.business_date(clock.now())


def ask(case: Case, actor: User, helper: User | None, **more: object) -> AssistRequest:
    values = {"team": None, "needs": "客户只讲维吾尔语", "until": today() + dt.timedelta(days=3), **more}
    return assist.ask(case=case, helper=helper, actor=actor, now=clock.database_now(), **values)  # type: ignore[arg-type]


def accept(request: AssistRequest, actor: User, helper: User | None = None) -> AssistRequest:
    return assist.decide(request=request, accept=True, helper=helper, note="", actor=actor, now=clock.database_now())


def test_an_assist_from_ask_to_finish_as_people_do_it(
    client_as: Callable[[User], Client], collector: User, team_leader: User
) -> None:
    helper = colleague()
    case = make_case(desk=desk_of(collector), phones=("13911112222",))
    mine, theirs, leaders = client_as(collector), client_as(helper), client_as(team_leader)
    record = reverse("cases:record", args=[case.pk])
    assert theirs.get(record).status_code == 404, "nobody's case before help was asked for"

    assert "申请协催" in mine.get(record).content.decode()
    form = {"helper": helper.pk, "needs": "客户只讲维吾尔语", "until": f"{today() + dt.timedelta(days=2):%Y-%m-%d}"}
    answer = mine.post(reverse("moves:ask", args=[case.pk]), {"form_token": new_token(), **form})
    request = AssistRequest.objects.get()
    assert answer.headers["Location"] == reverse("moves:assist", args=[request.pk])
    assert Notification.objects.filter(user=team_leader, kind="assist.asked").exists()
    assert "协催申请" in leaders.get(reverse("core:tasks")).content.decode()
    assert case.loan.contract_no in leaders.get(reverse("moves:assists")).content.decode()

    decide = reverse("moves:decide", args=[request.pk])
    answer = leaders.post(decide, {"form_token": new_token(), "decision": "accept", "note": "去吧"})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    assert set(Notification.objects.filter(kind="assist.accepted").values_list("user", flat=True)) == {
        collector.pk,
        helper.pk,
    }
    page = theirs.get(record)
    assert page.status_code == 200 and "协催至" in page.content.decode()
    assert theirs.get(reverse("workbench:contact", args=[case.pk])).status_code == 200
    assert theirs.get(reverse("workbench:desk_case", args=[case.pk])).status_code == 200
    assert case.loan.contract_no in theirs.get(reverse("cases:list")).content.decode()
    assert mine.get(record).status_code == 200, "the holder keeps the case"

    finish = reverse("moves:finish", args=[request.pk])
    answer = theirs.post(finish, {"form_token": new_token(), "outcome": "已说清欠款，本人同意周五还"})
    assert answer.status_code == 302
    request.refresh_from_db()
    assert (request.state, request.ended_by) == (AssistState.FINISHED, helper)
    assert theirs.get(record).status_code == 404
    assert Notification.objects.filter(user=collector, kind="assist.finished").exists()
    assert "本人同意周五还" in mine.get(reverse("moves:assist", args=[request.pk])).content.decode()


def test_money_that_comes_while_somebody_helps_is_the_holders(collector: User, team_leader: User) -> None:
    helper, case = colleague(), make_case(desk=desk_of(collector))
    case.custodies.update(started_at=timezone.now() - dt.timedelta(days=5))
    accept(ask(case, collector, helper), team_leader)
    Repayment.objects.create(
        source=case.loan.source,
        loan=case.loan,
        paid_on=today(),
        amount=Decimal("300.00"),
        status="confirmed",
        recorded_at=timezone.now(),
    )
    found = credited(
        first=today(), last=today(), users=[collector.pk, helper.pk], known_by=timezone.now() + dt.timedelta(minutes=1)
    )
    assert {(one.user_id, one.amount) for one in found} == {(collector.pk, Decimal("300.00"))}


def test_help_ends_with_its_last_day_even_before_the_night_has_cleaned_up(
    collector: User, team_leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper, case = colleague(), make_case(desk=desk_of(collector))
    request = accept(ask(case, collector, helper, until=today()), team_leader)
    assert Case.objects.for_user(helper).get() == case
    tomorrow = clock.now() + dt.timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: tomorrow)
    assert not Case.objects.for_user(helper).exists()
    assert assist.end_overdue(now=tomorrow) == 1
    assert assist.end_overdue(now=tomorrow) == 0
    request.refresh_from_db()
    assert request.state == AssistState.FINISHED
    assert CaseHelper.objects.get().ended_at == tomorrow


def test_help_ends_when_the_case_leaves_the_collectors_and_goes_on_when_a_colleague_takes_it_over(
    collector: User, team_leader: User, supervisor: User
) -> None:
    helper, third = colleague(), colleague("tang")
    kept, returned = make_case(desk=desk_of(collector)), make_case(desk=desk_of(collector))
    for case in (kept, returned):
        accept(ask(case, collector, helper), team_leader)
    now = clock.database_now()
    move_cases(cases=[kept.pk], desk=desk_of(third), reason="reassigned", actor=supervisor, now=now)
    move_cases(cases=[returned.pk], desk=pool_desk(), reason="pool", actor=supervisor, now=now)
    assert list(Case.objects.for_user(helper)) == [kept]
    assert assist.end_overdue(now=clock.database_now()) == 1
    assert AssistRequest.objects.get(state=AssistState.FINISHED).case == returned


def test_a_team_is_asked_and_its_leader_names_who_helps(
    client_as: Callable[[User], Client], collector: User, team_leader: User, supervisor: User
) -> None:
    outside = colleague("chen", unit="team-b")
    case = make_case(desk=desk_of(collector))
    request = ask(case, collector, None, team=make_team("team-b"))
    assert not assist.to_decide(team_leader).exists(), "not a matter of the asker's team"
    assert list(assist.to_decide(supervisor)) == [request]
    answer = client_as(team_leader).post(
        reverse("moves:decide", args=[request.pk]), {"form_token": new_token(), "decision": "accept", "note": ""}
    )
    assert answer.status_code == 404
    with pytest.raises(AssistRefused, match="请选择协催人"):
        accept(request, supervisor)
    assert accept(request, supervisor, outside).helper == outside
    assert Case.objects.for_user(outside).get() == case


@pytest.mark.parametrize("what", ["holder", "certificate", "past", "long", "nobody", "words", "pool", "second"])
def test_what_makes_no_sense_is_refused_with_a_sentence(
    collector: User, team_leader: User, supervisor: User, what: str
) -> None:
    helper, case = colleague(), make_case(desk=desk_of(collector))
    more: dict[str, object] = {}
    if what == "certificate":
        TrainingCertificate.objects.filter(user=helper).delete()
    elif what in ("past", "long"):
        more["until"] = today() + dt.timedelta(days=-1 if what == "past" else 31)
    elif what == "words":
        more["needs"] = "  "
    elif what == "pool":
        case = make_case()
    elif what == "second":
        ask(case, collector, helper)
    sentences = {
        "holder": "就是案件的负责人", "certificate": "合格证", "past": "不能早于今天", "long": "最多 30 天",
        "nobody": "请选择一位协催人", "words": "请写明", "pool": "席位上的在催案件", "second": "已有待审批或进行中",
    }  # fmt: skip
    chosen = {"holder": collector, "nobody": None}.get(what, helper)
    with pytest.raises(AssistRefused, match=sentences[what]):
        ask(case, collector, chosen, **more)


def test_nobody_decides_on_their_own_request_and_a_refusal_needs_a_reason(
    collector: User, team_leader: User, supervisor: User
) -> None:
    helper, case = colleague(), make_case(desk=desk_of(collector))
    request = ask(case, team_leader, helper)
    with pytest.raises(AssistRefused, match="须由他人审批"):
        accept(request, team_leader)
    with pytest.raises(AssistRefused, match="不同意的原因"):
        assist.decide(request=request, accept=False, helper=None, note="", actor=supervisor, now=clock.database_now())
    assist.decide(
        request=request, accept=False, helper=None, note="人手不足", actor=supervisor, now=clock.database_now()
    )
    assert not Case.objects.for_user(helper).exists()
    assert ask(case, collector, helper).state == AssistState.ASKED, "it may be asked again"


@pytest.mark.django_db(transaction=True)
def test_two_who_decide_at_once_make_one_helper(collector: User, team_leader: User, supervisor: User) -> None:
    helper, case = colleague(), make_case(desk=desk_of(collector))
    request = ask(case, collector, helper)
    results = at_once(lambda: accept(request, team_leader), lambda: accept(request, supervisor))
    assert sum(isinstance(one, AssistRefused) for one in results) == 1, results
    assert CaseHelper.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_make_one_request(collector: User, team_leader: User) -> None:
    helper, case = colleague(), make_case(desk=desk_of(collector))
    results = at_once(lambda: ask(case, collector, helper), lambda: ask(case, team_leader, helper))
    assert sum(isinstance(one, AssistRefused) for one in results) == 1, results
    assert AssistRequest.objects.count() == 1


def test_twin_only_the_constraint_keeps_two_open_requests_apart(collector: User, team_leader: User) -> None:
    from django.db import IntegrityError, transaction

    helper, case = colleague(), make_case(desk=desk_of(collector))
    ask(case, collector, helper)
    row = AssistRequest.objects.values().get()
    row.pop("id")
    with pytest.raises(IntegrityError, match="assist_one_open_a_case"), transaction.atomic():
        AssistRequest.objects.create(**row)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX assist_one_open_a_case")
    AssistRequest.objects.create(**row)
    assert AssistRequest.objects.filter(state="asked").count() == 2


def test_the_helped_case_is_found_by_index_beside_the_own_desk(collector: User) -> None:
    """Both arms of the OR have their index; the book is never read as a whole for a collector's list."""
    make_case(desk=desk_of(collector))
    sql, params = Case.objects.for_user(collector).open().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        # As if the book held ten million cases, of which nothing is known.
        cursor.execute(
            "UPDATE pg_class SET reltuples = 10000000, relpages = greatest(pg_relation_size(oid) / 8192, 1) "
            "WHERE relname = 'cases_case'"
        )
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'cases_case'::regclass")
        cursor.execute(f"EXPLAIN {sql}", params)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "BitmapOr" in plan and "case_desk_open_idx" in plan and "cases_case_pkey" in plan, plan
