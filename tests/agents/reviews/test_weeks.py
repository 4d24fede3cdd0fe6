"""A week: its figures step by step, beside whom, and who may write what when."""

import datetime as dt

import pytest
from django.urls import reverse

from agents.models import Collector, WeekReview
from agents.reviews.gaps import Line, lines_of, tenure_of, worst
from agents.reviews.segments import Count, week_counts
from agents.reviews.weeks import (
    Agreed,
    ReviewRefused,
    acknowledge,
    check_actions,
    hold_review,
    save_plan,
    week_lines,
)
from cases.models import Promise
from collection_ops.core import clock
from collection_ops.core.services.form_tokens import new_token
from compliance.models import ContactDetail
from tests.agents.reviews.month import at, call, case_of, hired
from tests.core.races import at_once
from tests.staff import place

MONDAY = dt.date(2026, 3, 2)
SUNDAY_NIGHT = at(8, 22)
NEXT = at(9, 9)


def promise(case, user, due: int, state: str, *, settled: int, amount: str = "100.00") -> Promise:
    paid = {"kept": amount, "part_kept": "1.00"}.get(state, "0")
    return Promise.objects.create(
        case=case, amount=amount, enough=amount, made_on=dt.date(2026, 3, 2), due_on=dt.date(2026, 3, due),
        counts_until=dt.date(2026, 3, due), owed="50000", stage=case.stage, made_by=user, state=state, paid=paid,
        settled_on=dt.date(2026, 3, settled),
    )  # fmt: skip


def counted(user) -> dict[str, tuple[int, int]]:
    return {
        count.step: (count.number, count.of)
        for count in week_counts(monday=MONDAY, now=NEXT)
        if count.user_id == user.pk
    }


@pytest.mark.django_db
def test_each_step_of_a_week_by_hand():
    lin = hired("lin", "林晓燕")
    cases = [case_of(lin) for _n in range(4)]  # M2, in hand
    call(cases[0], lin, at(2))
    talk = call(cases[0], lin, at(2, 11), result="right_party")
    call(cases[1], lin, at(3), result="right_party")
    call(cases[2], lin, at(9))  # the week after
    # The talk of Monday came to a promise, which was kept; another, broken, was called about the next day.
    promise(cases[0], lin, 4, "kept", settled=4)
    promise(cases[2], lin, 3, "broken", settled=4)
    call(cases[2], lin, at(5, 16))
    # A call-back was agreed for Tuesday, ten o'clock, and came an hour late.
    ContactDetail.objects.create(attempt=talk, callback_at=at(3, 10))
    call(cases[0], lin, at(3, 11))
    assert counted(lin) == {"contact": (3, 4), "promise": (1, 2), "kept": (1, 2), "follow_up": (1, 2)}


@pytest.mark.django_db
def test_a_callback_within_the_grace_is_in_time_and_one_to_come_is_not_counted():
    lin = hired("lin", "林晓燕")
    case = case_of(lin)
    first = call(case, lin, at(2))
    ContactDetail.objects.create(attempt=first, callback_at=at(3, 10))
    second = call(case, lin, at(3, 10, 30))
    assert counted(lin)["follow_up"] == (1, 1)
    ContactDetail.objects.create(attempt=second, callback_at=at(8, 23, 59))
    early = [one for one in week_counts(monday=MONDAY, now=at(8, 23)) if one.step == "follow_up"]
    assert [(one.number, one.of) for one in early] == [(1, 1)]
    assert counted(lin)["follow_up"] == (1, 2)


def test_peers_are_pooled_and_of_like_tenure_where_there_are_enough():
    counts = [
        Count(1, 2, "contact", 5, 10),
        Count(2, 2, "contact", 8, 10),
        Count(3, 2, "contact", 1, 30),
        Count(4, 2, "contact", 10, 10),
    ]
    (all_of,) = lines_of(1, counts, {1: 0, 2: 2, 3: 2, 4: 2})
    assert (all_of.peer_number, all_of.peer_of, all_of.like) == (19, 50, False)  # not the mean of 80, 3 and 100 %
    (like,) = lines_of(1, counts, {1: 2, 2: 2, 3: 0, 4: 2})
    assert (like.peer_number, like.peer_of, like.peers, like.like) == (18, 20, 2, True)
    assert like.gap == 40 and like.missed == 4
    assert [tenure_of(day, MONDAY) for day in (dt.date(2026, 2, 1), dt.date(2025, 6, 1), dt.date(2020, 1, 1))] == [
        0,
        1,
        2,
    ]


def test_too_few_say_nothing_and_the_worst_gap_is_the_one_that_costs_most():
    few, small, large = Line(1, "kept", 0, 4, 9, 9, 2, True), Line(1, "kept", 0, 5, 9, 9, 2, True), Line(
        2, "contact", 50, 100, 90, 100, 2, True
    )  # fmt: skip
    assert few.gap is None and worst([few]) is None
    assert worst([few, small, large]) == large


@pytest.mark.django_db
def test_the_figures_are_frozen_at_the_talk_and_nothing_changes_after_it_was_acknowledged(collector, team_leader):
    place(collector)
    case = case_of(collector)
    plan = save_plan(user=collector, monday=MONDAY, plan="先打回拨", based_on=0, actor=collector, now=at(2, 8))
    actions = [Agreed("先打回拨", collector, dt.date(2026, 3, 12), "按时跟进 90%")]
    with pytest.raises(ReviewRefused, match="自己"):
        hold_review(user=collector, monday=MONDAY, notes="好", actions=actions, based_on=1, actor=collector, now=NEXT)
    with pytest.raises(ReviewRefused, match="有人保存过"):
        hold_review(user=collector, monday=MONDAY, notes="好", actions=actions, based_on=0, actor=team_leader, now=NEXT)
    review = hold_review(
        user=collector,
        monday=MONDAY,
        notes="触达低",
        actions=actions,
        based_on=plan.version,
        actor=team_leader,
        now=NEXT,
    )
    frozen = review.figures
    call(case, collector, at(4))  # told afterwards
    review = hold_review(
        user=collector, monday=MONDAY, notes="触达低，补充", actions=actions, based_on=review.version, actor=team_leader,
        now=NEXT,
    )  # fmt: skip
    assert review.figures == frozen and review.actions.count() == 1
    assert week_lines(users=[collector], monday=MONDAY, now=NEXT)[collector.pk][0].number == 1
    with pytest.raises(ReviewRefused, match="不能再改计划"):
        save_plan(user=collector, monday=MONDAY, plan="改", based_on=review.version, actor=collector, now=NEXT)
    with pytest.raises(ReviewRefused, match="本人确认之后"):
        check_actions(review=review, results={1: (True, "好")}, actor=team_leader, now=NEXT)
    with pytest.raises(ReviewRefused, match="须由本人确认"):
        acknowledge(review=review, answer="", actor=team_leader, now=NEXT)
    acknowledge(review=review, answer="同意", actor=collector, now=NEXT)
    with pytest.raises(ReviewRefused, match="不能再修改"):
        hold_review(
            user=collector, monday=MONDAY, notes="再改", actions=actions, based_on=review.version + 1, actor=team_leader,
            now=NEXT,
        )  # fmt: skip
    action = review.actions.get()
    with pytest.raises(ReviewRefused, match="结果"):
        check_actions(review=review, results={action.pk: (True, " ")}, actor=team_leader, now=NEXT)
    check_actions(review=review, results={action.pk: (False, "做到 70%")}, actor=team_leader, now=NEXT)
    with pytest.raises(ReviewRefused, match="已核对过"):
        check_actions(review=review, results={action.pk: (True, "改口")}, actor=team_leader, now=NEXT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("action", "why"),
    [
        (("", "person", 12, "90%"), "做什么"),
        (("回拨", "person", 12, " "), "做什么"),
        (("回拨", "person", None, "90%"), "填写日期"),
        (("回拨", "person", 1, "90%"), "31 天"),
        (("回拨", "other", 12, "90%"), "本人或主持人"),
    ],
)
def test_an_action_says_what_who_when_and_by_which_measure(collector, team_leader, supervisor, action, why):
    place(collector)
    what, who, day, measure = action
    person = {"person": collector, "other": supervisor}[who]
    due_on = dt.date(2026, 3, day) if day else None
    with pytest.raises(ReviewRefused, match=why):
        hold_review(
            user=collector, monday=MONDAY, notes="好", actions=[Agreed(what, person, due_on, measure)], based_on=0,
            actor=team_leader, now=NEXT,
        )  # fmt: skip
    assert not WeekReview.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_leaders_who_hold_one_talk_at_once_one_is_told(collector, team_leader, supervisor):
    place(collector)
    acts = [
        lambda who=who: hold_review(
            user=collector, monday=MONDAY, notes=str(who), based_on=0, actor=who, now=NEXT,
            actions=[Agreed("回拨", collector, dt.date(2026, 3, 12), "90%")],
        )
        for who in (team_leader, supervisor)
    ]  # fmt: skip
    results = at_once(*acts)
    assert sum(isinstance(one, ReviewRefused) for one in results) == 1, results
    assert WeekReview.objects.get().actions.count() == 1


@pytest.mark.django_db
def test_a_refused_talk_keeps_what_was_typed(client_as, collector, team_leader, monkeypatch):
    monkeypatch.setattr(clock, "database_now", lambda: NEXT)
    place(collector)
    address = reverse("reviews:week_hold", args=[collector.pk, MONDAY.isoformat()])
    typed = {
        "notes": "触达低", "what": ["回拨"], "who": ["leader"], "due_on": [""], "measure": ["每天五通"], "based_on": "0",
        "form_token": new_token(),
    }  # fmt: skip
    answer = client_as(team_leader).post(address, typed)
    page = answer.content.decode()
    assert answer.status_code == 409 and "第 1 件事请填写日期" in page
    assert "触达低" in page and "每天五通" in page


@pytest.mark.django_db
def test_a_collector_sees_only_the_own_week_and_a_leader_the_own_team(client_as, collector, team_leader, supervisor):
    place(collector)
    far, near = hired("far", "外组"), hired("near", "同组")
    Collector.objects.filter(pk=far.pk)
    type(far).objects.filter(pk=far.pk).update(unit="team-z")
    listed = reverse("reviews:weeks")
    assert "同组" not in client_as(collector).get(listed).content.decode()
    page = client_as(team_leader).get(listed).content.decode()
    assert "同组" in page and "外组" not in page
    assert "外组" in client_as(supervisor).get(listed).content.decode()
    for who, person, status in ((collector, near, 404), (team_leader, far, 404), (team_leader, near, 200)):
        assert client_as(who).get(reverse("reviews:week", args=[person.pk, MONDAY.isoformat()])).status_code == status
    for wrong in ("2026-03-03", "x", "9999-99-99", "2026-3-2"):
        assert client_as(supervisor).get(reverse("reviews:week", args=[near.pk, wrong])).status_code == 404
