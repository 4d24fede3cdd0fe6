"""Cases are lent on the first day and come back the morning after the last; what became of each is said."""

import datetime as dt

import pytest

from agents.cover.changing import cancel_cover, extend_cover, hand_on, write_note
from agents.cover.ending import end_cover
from agents.cover.invariants import nothing_is_lent_beyond_its_cover
from agents.cover.keeping import keep_covers
from agents.cover.refusals import CoverRefused
from agents.models import Cover, CoverCase, Leave
from cases.models import Case, Custody
from cases.services.custody import move_cases
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, Notification
from compliance.models import TrainingCertificate
from tests.agents.cover.conftest import at, march
from tests.cases.builders import desk_of, pool_desk

pytestmark = pytest.mark.django_db


def desk_after(*cases: Case) -> list[str]:
    return [Case.objects.get(pk=case.pk).desk.name for case in cases]


def told(user) -> list[str]:
    return list(Notification.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


def test_it_begins_on_its_first_day_and_is_handed_back_the_morning_after_its_last(
    owner, helper, team_leader, arranged, case_of
):
    one, two = case_of(owner), case_of(owner)
    [cover] = arranged(helper)
    assert keep_covers(now=at(9, 23)) == {"ended": 0, "cancelled": 0, "started": 0}
    assert keep_covers(now=at(10, 0, 3))["started"] == 1
    assert desk_after(one, two) == ["帮代管", "帮代管"]
    assert keep_covers(now=at(12, 23, 58)) == {"ended": 0, "cancelled": 0, "started": 0}
    assert keep_covers(now=at(13, 0, 3))["ended"] == 1
    assert desk_after(one, two) == ["林催收", "林催收"]
    reasons = Custody.objects.filter(case=one).order_by("started_at").values_list("reason", flat=True)
    assert list(reasons) == ["import", "cover", "cover_end"]
    cover.refresh_from_db()
    assert (cover.state, cover.last_day, cover.ended_by) == ("ended", march(12), None)
    assert told(owner) == told(helper) == ["cover.arranged", "cover.started", "cover.ended"]
    assert told(team_leader) == ["cover.started", "cover.ended"], "who arranged it knows that"
    assert AuditEvent.objects.filter(action="cover.ended", data__returned=2).exists()


def test_arranged_for_today_it_begins_at_once_and_again_changes_nothing(owner, helper, arranged, case_of):
    case = case_of(owner)
    [cover] = arranged(helper, first=9, last=9)
    assert (cover.state, desk_after(case)) == ("running", ["帮代管"])
    before = AuditEvent.objects.count()
    for _ring in range(3):
        keep_covers(now=at(9, 12))
    assert AuditEvent.objects.count() == before


def test_what_was_closed_or_moved_on_meanwhile_is_left_where_it_is_and_said(owner, helper, arranged, case_of):
    back, closed, moved = case_of(owner), case_of(owner), case_of(owner)
    [cover] = arranged(helper, first=9)
    Case.objects.filter(pk=closed.pk).update(closed_on=march(10), close_reason="paid", desk=None)
    Custody.objects.filter(case=closed, ended_at=None).update(ended_at=at(10, 15))
    move_cases(cases=[moved.pk], desk=pool_desk(), reason="reassigned", actor=None, now=at(11, 16))
    keep_covers(now=at(13, 0, 3))
    fates = {row.case_id: (row.fate, row.until) for row in CoverCase.objects.filter(cover=cover)}
    assert fates == {
        back.pk: ("returned", at(13, 0, 3)),
        closed.pk: ("closed", at(10, 15)),
        moved.pk: ("moved", at(11, 16)),
    }
    assert desk_after(back, moved) == ["林催收", "案件池"]


def test_of_an_owner_who_may_not_contact_anybody_any_more_the_cases_go_to_the_pool(owner, helper, arranged, case_of):
    case = case_of(owner)
    [cover] = arranged(helper, first=9)
    TrainingCertificate.objects.filter(user=owner).update(revoked_at=at(11), revoke_reason="作弊")
    keep_covers(now=at(13, 0, 3))
    assert desk_after(case) == ["案件池"]
    assert CoverCase.objects.get(cover=cover).fate == "pooled"


def test_ended_early_takes_a_reason_and_that_day_is_its_last(owner, helper, team_leader, arranged, case_of):
    case = case_of(owner)
    [cover] = arranged(helper, first=9)
    with pytest.raises(CoverRefused, match="原因"):
        end_cover(cover_id=cover.pk, actor=team_leader, now=at(11, 10))
    ended = end_cover(cover_id=cover.pk, actor=team_leader, now=at(11, 10), reason="提前返岗")
    assert (ended.last_day, ended.end_reason, desk_after(case)) == (march(11), "提前返岗", ["林催收"])
    with pytest.raises(CoverRefused, match="已交还"):
        end_cover(cover_id=cover.pk, actor=team_leader, now=at(11, 11), reason="再来")


def test_extended_it_ends_later_but_not_into_the_helpers_own_leave(owner, helper, team_leader, arranged, case_of):
    case = case_of(owner)
    [cover] = arranged(helper, first=9)
    Leave.objects.create(
        user=helper, kind="annual", first_day=march(18), last_day=march(18), state="approved", asked_at=at(1)
    )
    with pytest.raises(CoverRefused, match="03-18 不在岗"):
        extend_cover(cover_id=cover.pk, last_day=march(18), reason="未愈", actor=team_leader, now=at(11))
    extend_cover(cover_id=cover.pk, last_day=march(16), reason="未愈", actor=team_leader, now=at(11))
    keep_covers(now=at(13, 0, 3))
    assert desk_after(case) == ["帮代管"]
    keep_covers(now=at(17, 0, 3))
    assert desk_after(case) == ["林催收"]


def test_cancelled_before_it_begins_nothing_moves(owner, helper, team_leader, arranged, case_of):
    case = case_of(owner)
    [cover] = arranged(helper)
    cancel_cover(cover_id=cover.pk, reason="不休了", actor=team_leader, now=at(9, 15))
    assert keep_covers(now=at(10, 0, 3))["started"] == 0
    assert desk_after(case) == ["林催收"]
    [other] = arranged(helper, first=9)
    with pytest.raises(CoverRefused, match="代管中"):
        cancel_cover(cover_id=other.pk, reason="晚了", actor=team_leader, now=at(9, 16))


def test_a_leave_that_is_taken_back_takes_its_planned_cover_with_it(owner, helper, arranged, case_of):
    case_of(owner)
    leave = Leave.objects.create(
        user=owner, kind="annual", first_day=march(10), last_day=march(12), state="approved", asked_at=at(1)
    )
    [cover] = arranged(helper, leave=leave)
    Leave.objects.filter(pk=leave.pk).update(state="cancelled")
    assert keep_covers(now=at(9, 20))["cancelled"] == 1
    cover.refresh_from_db()
    assert (cover.state, cover.end_reason) == ("cancelled", "请假已取消")


def test_a_helper_who_falls_sick_hands_on_to_another_and_the_case_goes_straight_there(
    owner, helper, second, team_leader, arranged, case_of
):
    case = case_of(owner)
    [first] = arranged(helper, first=9)
    follower = hand_on(cover_id=first.pk, helper=second, reason="病倒", actor=team_leader, now=at(11, 9))
    first.refresh_from_db()
    assert (first.state, first.last_day) == ("ended", march(11))
    assert (follower.state, follower.first_day, follower.last_day) == ("running", march(11), march(12))
    assert desk_after(case) == ["尔代管"]
    assert [row.fate for row in CoverCase.objects.order_by("pk")] == ["handed_on", ""]
    keep_covers(now=at(13, 0, 3))
    assert desk_after(case) == ["林催收"]
    assert list(Custody.objects.filter(case=case).order_by("started_at").values_list("desk__name", flat=True)) == [
        "林催收", "帮代管", "尔代管", "林催收",
    ]  # fmt: skip


def test_a_planned_cover_is_handed_on_without_a_move(owner, helper, second, team_leader, arranged, case_of):
    case = case_of(owner)
    [first] = arranged(helper)
    follower = hand_on(cover_id=first.pk, helper=second, reason="培训", actor=team_leader, now=at(9, 11))
    assert (Cover.objects.get(pk=first.pk).state, follower.state) == ("cancelled", "planned")
    keep_covers(now=at(10, 0, 3))
    assert desk_after(case) == ["尔代管"]


def test_a_helper_without_room_or_certificate_on_the_day_is_the_leaders_matter_once_a_day(
    owner, helper, team_leader, arranged, case_of
):
    case = case_of(owner)
    [cover] = arranged(helper)
    TrainingCertificate.objects.filter(user=helper).update(revoked_at=at(9, 12), revoke_reason="作弊")
    for minute in (3, 8, 13):
        assert keep_covers(now=at(10, 0, minute))["started"] == 0
    assert told(team_leader) == ["cover.not_started_certificate"]
    assert desk_after(case) == ["林催收"]
    TrainingCertificate.objects.filter(user=helper).update(revoked_at=None, revoke_reason="")
    helper.collector.hard_count = helper.collector.soft_count = 0
    helper.collector.save()
    keep_covers(now=at(11, 0, 3))
    assert told(team_leader)[1:] == ["cover.not_started_capacity"]
    helper.collector.hard_count = 10
    helper.collector.save()
    assert keep_covers(now=at(11, 10))["started"] == 1
    cover.refresh_from_db()
    assert (cover.state, cover.trouble) == ("running", "")


def test_one_that_never_could_begin_lapses(owner, helper, arranged, case_of):
    case_of(owner)
    [cover] = arranged(helper)
    assert keep_covers(now=at(13, 0, 3)) == {"ended": 0, "cancelled": 1, "started": 0}
    cover.refresh_from_db()
    assert (cover.state, cover.end_reason) == ("cancelled", "期间一直未能开始")


def test_from_one_helper_to_the_next_on_the_same_morning(owner, helper, second, arranged, case_of):
    case = case_of(owner)
    arranged(helper, first=9, last=10)
    arranged(second, first=11, last=12)
    assert keep_covers(now=at(11, 0, 3)) == {"ended": 1, "cancelled": 0, "started": 1}
    assert desk_after(case) == ["尔代管"]


def test_each_writes_the_note_that_is_theirs(owner, helper, arranged, case_of):
    case_of(owner)
    [cover] = arranged(helper)
    write_note(cover=cover, text="王某只接晚上的电话", actor=owner, now=at(9))
    cover = write_note(cover=cover, text="已约周五", actor=helper, now=at(9))
    assert (cover.handover_note, cover.return_note) == ("王某只接晚上的电话", "已约周五")
    with pytest.raises(CoverRefused, match="1000"):
        write_note(cover=cover, text="长" * 1001, actor=owner, now=at(9))


def test_nothing_is_lent_beyond_its_cover_and_the_twin_finds_what_is(
    owner, helper, arranged, case_of, monkeypatch: pytest.MonkeyPatch
):
    case_of(owner)
    [cover] = arranged(helper, first=9)
    monkeypatch.setattr(clock, "now", lambda: at(13, 0, 30))
    assert nothing_is_lent_beyond_its_cover() == [], "the morning's hand-back may take a while"
    monkeypatch.setattr(clock, "now", lambda: at(13, 1, 30))
    assert [row["cover"] for row in nothing_is_lent_beyond_its_cover()] == [cover.pk]
    keep_covers(now=at(13, 1, 31))
    assert nothing_is_lent_beyond_its_cover() == []


def test_a_worker_that_dies_in_the_middle_leaves_whole_covers(owner, helper, arranged, case_of, monkeypatch):
    case = case_of(owner)
    [cover] = arranged(helper)

    def die(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("agents.cover.starting.tell", die)  # after the move, before the commit
        with pytest.raises(KeyboardInterrupt):
            keep_covers(now=at(10, 0, 3))
    assert (desk_after(case), CoverCase.objects.count()) == (["林催收"], 0)
    keep_covers(now=at(10, 0, 8))
    with monkeypatch.context() as patch:
        patch.setattr("agents.cover.ending.tell", die)
        with pytest.raises(KeyboardInterrupt):
            keep_covers(now=at(13, 0, 3))
    cover.refresh_from_db()
    assert (cover.state, desk_after(case)) == ("running", ["帮代管"])
    keep_covers(now=at(13, 0, 8))
    assert desk_after(case) == [desk_of(owner).name]
    assert dt.timedelta(0) == CoverCase.objects.get().until - at(13, 0, 8)
