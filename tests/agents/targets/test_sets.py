"""Versions of a month's targets: proposed, edited, agreed; who comes second is told."""

import datetime as dt
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection

from agents.models import Leave, SetKind, TargetSet
from agents.targets import sets
from agents.targets.metrics import BY_CODE
from agents.targets.sets import TargetsRefused, agree_targets, agreed, first_agreed, newest, propose_targets
from collection_ops.core.models import AuditEvent
from tests.agents.targets.book import MARCH, NOW, TODAY, held, new_collector, set_by_hand
from tests.core.races import at_once
from tests.staff import make_team

MONEY = BY_CODE["money"]


@pytest.fixture
def three(db):
    first, second = make_team("team-a", "一组"), make_team("team-b", "二组")
    people = [new_collector("甲", first), new_collector("乙", first), new_collector("丙", second)]
    for person in people:
        held(person, "1000.00")
    return people


def proposed(actor, amount: str = "1000.00", based_on: int = 0, **more: str) -> TargetSet:
    return propose_targets(
        month=MARCH, amounts={"money": amount, **more}, based_on=based_on, day=TODAY, actor=actor, now=NOW
    )


def agreeing(
    actor, typed: dict[str, str], *, based_on: int, reason: str = "调整", team=None, metric=MONEY
) -> TargetSet:
    return agree_targets(
        month=MARCH, metric=metric, typed=typed, reason=reason, based_on=based_on, actor=actor, now=NOW, team=team
    )


def amounts(version: TargetSet, metric: str = "money") -> dict[str, Decimal]:
    return {sets.key_of(row): row.amount for row in version.targets.filter(metric=metric)}


def test_a_proposal_binds_nobody_until_it_is_agreed_and_both_are_kept(three, supervisor):
    first = proposed(supervisor, recovery="12.5")
    assert (first.version, first.kind, agreed(MARCH)) == (1, SetKind.PROPOSED, None)
    assert sum(row for key, row in amounts(first).items() if key.startswith("person")) == 1000
    second = agreeing(supervisor, {}, based_on=first.pk)
    assert (second.version, second.kind, second.based_on, agreed(MARCH)) == (2, SetKind.AGREED, first, second)
    assert amounts(second) == amounts(first)
    assert amounts(second, "recovery") == amounts(first, "recovery")
    assert [event.action for event in AuditEvent.objects.filter(action__startswith="target").order_by("pk")] == [
        "target.proposed",
        "target.agreed",
    ]


def test_the_arithmetic_of_a_proposal_stays_with_it(three, supervisor):
    kept = proposed(supervisor).inputs["people"][str(three[0].pk)]
    assert kept == {"expected": "150.00", "days": "22", "factor": "1"}


def test_parts_that_do_not_add_up_are_refused_with_the_difference(three, supervisor):
    first = agreeing(supervisor, {}, based_on=proposed(supervisor).pk)
    person, team = f"person-{three[0].pk}", sets.whole_of(first.targets.get(user=three[0], metric="money"))
    typed = {person: str(amounts(first)[person] + Decimal("0.01"))}
    with pytest.raises(TargetsRefused, match="差额") as refused:
        agreeing(supervisor, typed, based_on=first.pk)
    assert refused.value.differences == {team: Decimal("0.01")}
    typed |= {team: str(amounts(first)[team] + Decimal("0.01")), "company": "1000.01"}
    kept = agreeing(supervisor, typed, based_on=first.pk)
    assert amounts(kept)["company"] == Decimal("1000.01")
    assert first_agreed(MARCH) == first


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [("abc", "不是数字"), ("1.234", "两位"), ("-5", "不是数字"), ("", "不是数字"), ("１２", "不是数字")],
)
def test_what_is_no_amount_is_refused(three, supervisor, typed, sentence):
    first = proposed(supervisor)
    with pytest.raises(TargetsRefused, match=sentence):
        agreeing(supervisor, {"company": typed}, based_on=first.pk)
    assert newest(MARCH) == first


def test_a_rate_beyond_a_hundred_a_missing_reason_and_no_change_are_refused(three, supervisor):
    first = proposed(supervisor, recovery="12")
    with pytest.raises(TargetsRefused, match="100 %"):
        agreeing(supervisor, {"company": "101"}, based_on=first.pk, metric=BY_CODE["recovery"])
    with pytest.raises(TargetsRefused, match="原因"):
        agreeing(supervisor, {}, based_on=first.pk, reason=" ")
    second = agreeing(supervisor, {}, based_on=first.pk)
    with pytest.raises(TargetsRefused, match="没有任何改动"):
        agreeing(supervisor, {}, based_on=second.pk)


def test_rates_need_not_add_up(three, supervisor):
    first = proposed(supervisor, recovery="12")
    kept = agreeing(supervisor, {f"person-{three[0].pk}": "14"}, based_on=first.pk, metric=BY_CODE["recovery"])
    assert amounts(kept, "recovery")[f"person-{three[0].pk}"] == 14


def test_a_leader_moves_targets_inside_the_team_and_nowhere_else(three, supervisor, team_leader):
    team = make_team("team-a")
    first = agreeing(supervisor, {}, based_on=proposed(supervisor).pk)
    before = amounts(first)
    one, two, other = (f"person-{person.pk}" for person in three)
    typed = {one: str(before[one] + 50), two: str(before[two] - 50), other: "0.00", "company": "1.00"}
    kept = amounts(agreeing(team_leader, typed, based_on=first.pk, team=team))
    assert (kept[one], kept[two]) == (before[one] + 50, before[two] - 50)
    assert (kept[other], kept["company"]) == (before[other], before["company"])


def test_a_leader_does_not_put_a_proposal_in_force(three, supervisor, team_leader):
    proposal = proposed(supervisor)
    with pytest.raises(TargetsRefused, match="核定后调整"):
        agreeing(team_leader, {}, based_on=proposal.pk, team=make_team("team-a"))
    assert agreed(MARCH) is None


def test_a_leader_changes_no_rate_and_no_ceiling(three, supervisor, team_leader):
    first = agreeing(supervisor, {}, based_on=proposed(supervisor, complaints="2").pk)
    typed = {f"person-{three[0].pk}": "50"}
    asked = {"based_on": first.pk, "metric": BY_CODE["complaints"]}
    with pytest.raises(TargetsRefused, match="由主管核定"):
        agreeing(team_leader, typed, team=make_team("team-a"), **asked)
    assert amounts(agreeing(supervisor, typed, **asked), "complaints")[f"person-{three[0].pk}"] == 50


def test_who_looked_at_an_older_version_is_told_who_was_first(three, supervisor):
    first = proposed(supervisor)
    agreeing(supervisor, {}, based_on=first.pk)
    with pytest.raises(TargetsRefused, match="朱主管 刚刚保存了第 2 版"):
        agreeing(supervisor, {}, based_on=first.pk)
    with pytest.raises(TargetsRefused, match="第 2 版"):
        proposed(supervisor)


def test_somebody_away_all_month_gets_nothing_and_it_says_why(three, supervisor):
    Leave.objects.create(
        user=three[0], kind="family", first_day=MARCH, last_day=dt.date(2026, 3, 31), state="approved", asked_at=NOW
    )
    row = proposed(supervisor).targets.get(user=three[0])
    assert (row.amount, row.note) == (0, "absent")


def test_without_people_nothing_can_be_proposed(supervisor):
    with pytest.raises(TargetsRefused, match="编入小组"):
        proposed(supervisor)


def _both_saw_the_same(monkeypatch, supervisor, manager) -> list[object]:
    """Two look at the newest version at the same moment, then both save."""
    seen, first, look = Barrier(2), newest(MARCH), sets.newest
    calls = iter([True, True])

    def look_together(month):
        found = look(month)
        if next(calls, False):
            seen.wait(timeout=10)
        return found

    monkeypatch.setattr(sets, "newest", look_together)
    key = f"person-{first.targets.exclude(user=None).first().user_id}"
    return at_once(
        lambda: agreeing(supervisor, {}, based_on=first.pk, reason="一"),
        lambda: agreeing(manager, {key: first.targets.get(user_id=int(key[7:])).amount.to_eng_string()},
                         based_on=first.pk, reason="二"),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_who_save_at_once_one_wins_and_the_other_is_told(supervisor, manager, collector, monkeypatch):
    set_by_hand({collector: "100.00"}, kind=SetKind.PROPOSED)
    results = _both_saw_the_same(monkeypatch, supervisor, manager)
    assert sorted(type(one).__name__ for one in results) == ["TargetSet", "TargetsRefused"]
    assert list(TargetSet.objects.order_by("version").values_list("version", flat=True)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_twin_without_the_databases_rule_both_save_and_one_is_lost(supervisor, manager, collector, monkeypatch):
    set_by_hand({collector: "100.00"}, kind=SetKind.PROPOSED)
    rule = next(one for one in TargetSet._meta.constraints if one.name == "target_set_version_once")
    with connection.schema_editor() as schema:
        schema.remove_constraint(TargetSet, rule)
    try:
        results = _both_saw_the_same(monkeypatch, supervisor, manager)
        assert [type(one).__name__ for one in results] == ["TargetSet", "TargetSet"]
        assert TargetSet.objects.filter(version=2).count() == 2
    finally:
        TargetSet.objects.filter(version=2).order_by("-pk").first().targets.all().delete()
        TargetSet.objects.filter(version=2).order_by("-pk").first().delete()
        with connection.schema_editor() as schema:
            schema.add_constraint(TargetSet, rule)
