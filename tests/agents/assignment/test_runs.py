"""A run from the pool to the desks: planned, edited, approved, applied, undone, replayed."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import translation

from agents.assignment.reasons import over_sentences, reason_of
from agents.assignment.runs import (
    AssignmentRefused,
    apply_run,
    approve_run,
    drop_run,
    edit_move,
    plan_run,
    replay,
    undo_run,
    what_if,
)
from agents.models import AssignmentMove, AssignmentRun, FairnessEntry
from cases.models import Case, CloseReason, Custody, Debtor, Desk, Promise
from cases.services.closing import close_case
from cases.services.custody import move_cases
from collection_ops.core.models import AuditEvent, Notification, User
from tests.agents.assignment.cast import DAY, NOW, assert_assignment_holds, crew, pool_cases
from tests.cases.builders import desk_of, make_case, pool_desk
from tests.compliance.complaints.builders import a_complaint

pytestmark = pytest.mark.django_db


def planned(actor: User, **asked: Any) -> AssignmentRun:
    given: dict[str, Any] = {"cases": None, "chosen": {}, "unit": "", "day": DAY, "seed": None, "now": NOW}
    return plan_run(**{**given, "actor": actor, **asked})


def applied(actor: User, approver: User, **asked: Any) -> AssignmentRun:
    run = planned(actor, **asked)
    approve_run(run=run, actor=approver, now=NOW)
    return apply_run(run=run, actor=approver, now=NOW)


def test_the_pool_is_dealt_evenly_and_every_move_says_why(supervisor: User, manager: User) -> None:
    people = crew(3)
    pool_cases(30)
    run = planned(supervisor)
    assert (run.case_count, run.move_count) == (30, 30)
    assert Case.objects.filter(desk=pool_desk()).count() == 30, "a preview moves nothing"
    after = [line["count_after"] for line in run.totals["desks"]]
    assert sum(after) == 30 and max(after) - min(after) <= 2
    move = run.moves.first()
    assert move is not None and move.why["parts"][0][0] == "lightest" and len(move.why["over"]) == 2

    approve_run(run=run, actor=manager, now=NOW)
    done = apply_run(run=run, actor=manager, now=NOW)
    assert done.state == "applied" and done.totals["applied"]["moved"] == 30
    assert not Case.objects.filter(desk=pool_desk()).exists()
    assert Custody.objects.filter(reason="assigned", ended_at__isnull=True, moved_by=manager).count() == 30
    assert AuditEvent.objects.filter(action="assignment.applied").count() == 1
    assert {entry.user_id for entry in FairnessEntry.objects.all()} == {person.pk for person in people}
    assert replay(done).equal
    assert_assignment_holds()


def test_who_planned_or_changed_a_run_does_not_approve_it(supervisor: User, manager: User) -> None:
    people = crew(2)
    pool_cases(4)
    run = planned(supervisor)
    with pytest.raises(AssignmentRefused, match="另一人"):
        approve_run(run=run, actor=supervisor, now=NOW)
    move = run.moves.first()
    assert move is not None
    edit_move(run=run, case_id=move.case_id, to_desk=desk_of(people[0]), actor=manager, now=NOW)
    with pytest.raises(AssignmentRefused, match="另一人"):
        approve_run(run=run, actor=manager, now=NOW)


def test_an_edit_moves_all_of_the_person_and_the_totals_follow(supervisor: User, manager: User) -> None:
    people = crew(2)
    cases = pool_cases(5)
    second = make_case(debtor=cases[0].loan.debtor, days=10)
    run = planned(supervisor)
    desk = desk_of(people[1])
    edit_move(run=run, case_id=cases[0].pk, to_desk=desk, actor=supervisor, now=NOW)
    moves = {move.case_id: move for move in run.moves.all()}
    assert moves[cases[0].pk].to_desk_id == moves[second.pk].to_desk_id == desk.pk
    held = AssignmentMove.objects.filter(run=run, to_desk=desk).count()
    run.refresh_from_db()
    assert next(line for line in run.totals["desks"] if line["desk"] == desk.pk)["count_after"] == held
    edit_move(run=run, case_id=second.pk, to_desk=None, actor=supervisor, now=NOW)
    run.refresh_from_db()
    assert (run.move_count, run.totals["unassigned"]) == (4, {"by_hand": 2})
    assert replay(run).equal, "what people changed is told apart from the plan"
    assert replay(run).edited == 2


def test_an_edit_to_somebody_without_the_level_is_refused(supervisor: User) -> None:
    people = crew(2, level_set=1)
    crew(1, level_set=5, start=10)
    case = make_case(days=75)
    run = planned(supervisor)
    with pytest.raises(AssignmentRefused, match="难度等级不足") as refused:
        edit_move(run=run, case_id=case.pk, to_desk=desk_of(people[0]), actor=supervisor, now=NOW)
    assert refused.value.field == "desk"


def test_what_moved_since_the_plan_is_left_out_and_named(supervisor: User, manager: User) -> None:
    people = crew(3)
    cases = pool_cases(20)
    run = planned(supervisor)
    approve_run(run=run, actor=manager, now=NOW)
    later = NOW + dt.timedelta(minutes=1)
    move_cases(cases=[cases[0].pk], desk=desk_of(people[0]), reason="reassigned", actor=manager, now=later)
    done = apply_run(run=run, actor=manager, now=later + dt.timedelta(minutes=1))
    assert done.totals["applied"]["moved"] == 19
    assert done.totals["applied"]["left_out"] == {"left_moved": 1}
    assert done.totals["applied"]["cases"] == [[cases[0].pk, "left_moved"]]
    assert run.moves.get(case=cases[0]).outcome == "left_moved"
    assert_assignment_holds()


def test_a_run_of_which_too_much_has_changed_is_refused(supervisor: User, manager: User) -> None:
    people = crew(3)
    cases = pool_cases(10)
    run = planned(supervisor)
    approve_run(run=run, actor=manager, now=NOW)
    later = NOW + dt.timedelta(minutes=1)
    move_cases(cases=[c.pk for c in cases[:3]], desk=desk_of(people[0]), reason="x", actor=manager, now=later)
    with pytest.raises(AssignmentRefused, match="重新生成"):
        apply_run(run=run, actor=manager, now=later)
    run.refresh_from_db()
    assert run.state == "approved"


def test_an_untouched_run_is_taken_back_and_what_was_touched_stays(supervisor: User, manager: User) -> None:
    people = crew(2)
    cases = pool_cases(6)
    run = applied(supervisor, manager)
    later = NOW + dt.timedelta(hours=1)
    mine = Case.objects.filter(pk__in=[c.pk for c in cases], desk=desk_of(people[0])).first()
    assert mine is not None
    move_cases(cases=[mine.pk], desk=desk_of(people[1]), reason="reassigned", actor=manager, now=later)
    run = undo_run(run=run, reason="分错了", actor=manager, now=later)
    assert run.state == "undone" and run.totals["undone"]["back"] == 5
    assert run.totals["undone"]["cases"] == [[mine.pk, "kept_moved"]]
    assert Case.objects.filter(desk=pool_desk()).count() == 5
    assert sum(entry.dealt for entry in FairnessEntry.objects.all()) == run.moves.get(case=mine).expected
    assert_assignment_holds()
    with pytest.raises(AssignmentRefused, match="已撤销"):
        undo_run(run=run, reason="再来", actor=manager, now=later)


def test_a_dropped_preview_cannot_be_approved(supervisor: User, manager: User) -> None:
    crew(1)
    pool_cases(2)
    run = planned(supervisor)
    with pytest.raises(AssignmentRefused, match="原因"):
        drop_run(run=run, reason=" ", actor=supervisor, now=NOW)
    drop_run(run=run, reason="不用了", actor=supervisor, now=NOW)
    with pytest.raises(AssignmentRefused, match="已放弃"):
        approve_run(run=run, actor=manager, now=NOW)


def test_nothing_to_deal_and_nobody_to_deal_to_are_told(supervisor: User) -> None:
    crew(1)
    with pytest.raises(AssignmentRefused, match="没有未结案件"):
        planned(supervisor)


def test_a_preview_loses_the_rows_of_cases_whose_import_is_undone(supervisor: User) -> None:
    crew(1)
    cases = pool_cases(3)
    run = planned(supervisor)
    with connection.cursor() as cursor:
        for table, column in (("cases_position", "case_id"), ("cases_custody", "case_id"), ("cases_case", "id")):
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [cases[0].pk])
    assert run.moves.count() == 2
    assert (replay(run).equal, replay(run).gone) == (True, 1)


def test_a_complaint_upheld_between_approval_and_apply_keeps_the_case_away(supervisor: User, manager: User) -> None:
    crew(3)
    cases = pool_cases(20)
    run = planned(supervisor)
    approve_run(run=run, actor=manager, now=NOW)
    move = run.moves.get(case=cases[0])
    accused = User.objects.get(desk=move.to_desk_id)
    a_complaint(debtor=Debtor.objects.get(pk=move.debtor_id), about=accused, upheld=True, received_at=NOW)
    done = apply_run(run=run, actor=manager, now=NOW + dt.timedelta(minutes=1))
    assert done.totals["applied"]["cases"] == [[cases[0].pk, "left_complaint"]]
    assert_assignment_holds()


def test_a_complaint_that_is_open_or_not_upheld_or_of_another_person_keeps_nobody_away(supervisor: User) -> None:
    (one,) = crew(1)
    cases = pool_cases(2)
    received = NOW - dt.timedelta(hours=2)
    a_complaint(debtor=cases[0].loan.debtor, about=one, received_at=received)
    a_complaint(debtor=cases[1].loan.debtor, about=one, upheld=False, received_at=received)
    a_complaint(debtor=make_case(desk=desk_of(one)).loan.debtor, about=one, upheld=True, received_at=received)
    a_complaint(debtor=None, about=one, upheld=True, received_at=received)
    assert planned(supervisor).move_count == 2


def test_a_team_stays_away_for_the_days_of_the_rules_and_the_collector_for_ever(supervisor: User) -> None:
    one, other = crew(2)
    (case,) = pool_cases(1)
    since = NOW - dt.timedelta(days=89)
    a_complaint(debtor=case.loan.debtor, about=one, upheld=True, received_at=since)
    assert planned(supervisor).totals["unassigned"] == {"complaint": 1}
    later = planned(supervisor, day=DAY + dt.timedelta(days=2))
    assert later.moves.get().to_desk == desk_of(other)


def test_who_may_approve_is_told_and_the_planner_is_not(supervisor: User, manager: User) -> None:
    crew(1)
    pool_cases(1)
    planned(supervisor)
    assert [note.user for note in Notification.objects.filter(kind="assignment.waiting")] == [manager]


def test_a_chosen_case_that_fits_best_where_it_lies_stays_there(supervisor: User) -> None:
    people = crew(2)
    mine = [make_case(days=10, desk=desk_of(people[0]), total="2000") for _n in range(4)]
    run = planned(supervisor, cases=Case.objects.filter(pk__in=[case.pk for case in mine]))
    assert (run.case_count, run.move_count, run.totals["kept"]) == (4, 2, 2)
    stays = run.moves.filter(to_desk=None)
    assert {move.why["stays"] for move in stays} == {"best_here"}
    counts = {line["desk"]: (line["count_before"], line["count_after"]) for line in run.totals["desks"]}
    assert counts == {desk_of(people[0]).pk: (4, 2), desk_of(people[1]).pk: (0, 2)}


def test_a_promise_that_cannot_stay_with_its_holder_is_named(supervisor: User) -> None:
    one, other = crew(1, level_set=1)[0], crew(1, start=1)[0]
    case = make_case(days=75, desk=desk_of(one))
    Promise.objects.create(
        case=case,
        amount=100,
        enough=100,
        made_on=DAY,
        due_on=DAY,
        counts_until=DAY,
        owed=case.total,
        stage=3,
        made_by=one,
    )
    run = planned(supervisor, cases=Case.objects.all())
    told = {"case": case.pk, "due": DAY.isoformat(), "from": desk_of(one).pk, "to": desk_of(other).pk}
    assert (run.totals["loses_touch"], run.totals["loses_touch_count"]) == ([told], 1)
    edit_move(run=run, case_id=case.pk, to_desk=None, actor=supervisor, now=NOW)
    run.refresh_from_db()
    assert (run.totals["loses_touch"], run.totals["loses_touch_count"], run.move_count) == ([], 0, 0)


def test_every_code_has_its_words() -> None:
    why = {
        "rule": "M1",
        "parts": [["lightest", 5], ["spare", 2], ["together", 3]],
        "over": [[4, "lot", 5], [9, "full", 0]],
    }
    assert "高出所需 2 级" in reason_of(why) and "3 件案件" in reason_of(why)
    assert over_sentences(why, {4: "甲"}) == ["甲：条件相同，按随机种子抽签落选", "#9：已到上限"]
    assert "等级足够" in reason_of({"rule": "M1", "stays": "no_level", "parts": []})
    with translation.override("en"):
        assert reason_of(why).startswith("Rule “M1”: of those able")


def test_an_empty_pool_and_no_desks_are_no_fault_of_a_trial_of_rules() -> None:
    assert what_if(lines=[{"name": "一"}], values={}, day=DAY)["moves"] == 0
    pool_cases(1)
    assert what_if(lines=[{"name": "一"}], values={}, day=DAY)["unassigned"] == {"nobody_today": 1}


def test_closed_cases_those_of_an_agency_and_an_empty_choice_are_not_dealt(supervisor: User) -> None:
    crew(1)
    agency = Desk.objects.create(code="agency", name="委外", kind="agency")
    make_case(desk=agency)
    closed, opened = pool_cases(2)
    close_case(case=closed, reason=CloseReason.PAID, closed_on=closed.opened_on, actor=supervisor, now=NOW)
    run = planned(supervisor, cases=Case.objects.all())
    assert [move.case_id for move in run.moves.all()] == [opened.pk]
    assert planned(supervisor, cases=Case.objects.filter(desk=pool_desk()).order_by("pk")[:1]).case_count == 1
    for nothing in (Case.objects.none(), Case.objects.filter(pk__in=[])):
        with pytest.raises(AssignmentRefused, match="没有未结案件"):
            planned(supervisor, cases=nothing)
