"""What holds for any history: limits are kept, more history never frees anybody, and «from when on» is exact."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.rules.engine import decide
from compliance.rules.facts import Action, AgreedWindow, Event, Facts, Hold, Loan, Point, Slot, to_json
from compliance.rules.packs import Rule, default_rules, shipped

CHINA = ZoneInfo("Asia/Shanghai")
EAST = ZoneInfo("America/New_York")
MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)
OWN = ("own1", "own2")
POINTS = tuple(Point(name, "debtor", "application") for name in OWN)
LOANS = (Loan("L1"), Loan("L2"))

results = st.sampled_from(["no_answer", "busy", "voicemail", "connected", "right_party"])
steps = st.tuples(
    st.integers(min_value=1, max_value=400),  # minutes since the one before
    st.sampled_from(["call", "call", "call", "sms", "visit"]),
    results,
    st.sampled_from(OWN),
    st.sampled_from([("L1",), ("L2",), ("L1", "L2")]),
    st.sampled_from(["own", "agency-a"]),
)


def day_of(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    return moment.astimezone(zone).date()


def live(steps: Iterable[tuple], rules: tuple[Rule, ...], facts: Facts) -> list[Event]:
    """Everybody asks before every contact, and does what is allowed."""
    done: list[Event] = []
    now = facts.now
    for minutes, channel, result, point, loans, org in steps:
        now += dt.timedelta(minutes=minutes)
        action = Action(channel=channel, point=point, loans=loans, org=org, staff=2)
        if decide(replace(facts, now=now, action=action, history=tuple(done)), rules).allowed:
            outcome = {"call": result, "sms": "delivered", "visit": "nobody_home"}[channel]
            done.append(Event(now, channel, result=outcome, point=point, loans=loans, org=org))
    return done


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=40))
def test_no_sequence_of_allowed_contacts_breaks_a_chinese_limit(taken) -> None:
    done = live(taken, default_rules(), Facts(MONDAY, points=POINTS, loans=LOANS))
    assert all(8 <= event.at.astimezone(CHINA).hour < 22 for event in done)
    connected = Counter(day_of(e.at, CHINA) for e in done if e.result in ("connected", "right_party"))
    assert max(connected.values(), default=0) <= 3
    visits = Counter(day_of(e.at, CHINA) for e in done if e.channel == "visit")
    assert max(visits.values(), default=0) <= 1


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=60))
def test_no_sequence_of_allowed_calls_breaks_regulation_f(taken) -> None:
    start = dt.datetime(2026, 4, 1, 9, 0, tzinfo=EAST)
    done = live(
        taken, shipped("US-REGF").rules, Facts(start, timezones=("America/New_York",), points=POINTS, loans=LOANS)
    )
    for loan in ("L1", "L2"):
        about = [e for e in done if e.channel == "call" and loan in e.loans]
        days = [day_of(e.at, EAST) for e in about if e.result != "busy"]
        for last in days:
            assert sum(1 for day in days if last - dt.timedelta(days=7) < day <= last) <= 7
        for talk in (e for e in about if e.result in ("connected", "right_party")):
            free = day_of(talk.at, EAST) + dt.timedelta(days=7)
            assert not [e for e in about if e.at > talk.at and day_of(e.at, EAST) < free]


NEXT_WEEK = MONDAY + dt.timedelta(days=7)


def an_event(minutes, channel, direction, result, point, loans, org) -> Event:
    at = NEXT_WEEK - dt.timedelta(minutes=minutes)
    return Event(at, channel, direction, result, "debtor", point, loans, org=org)


def a_hold(kind, days, length, proven) -> Hold:
    since = MONDAY + dt.timedelta(days=days)
    until = None if length is None else (since + dt.timedelta(days=length)).date()
    return Hold(kind, since, until, proven=proven)


def a_window(start, end, evidence, days) -> AgreedWindow:
    return AgreedWindow(start, end, evidence, None if days is None else MONDAY.date() + dt.timedelta(days=days))


events = st.builds(
    an_event,
    st.integers(min_value=0, max_value=7 * 24 * 60),
    st.sampled_from(["call", "sms", "visit"]),
    st.sampled_from(["out", "out", "in"]),
    results,
    st.sampled_from(OWN),
    st.sampled_from([("L1",), ("L2",), ()]),
    st.sampled_from(["own", "agency-a"]),
)
holds = st.builds(
    a_hold,
    st.sampled_from(["illness", "deceased", "no_contact_order", "complaint", "stop_contact", "bankruptcy"]),
    st.integers(min_value=0, max_value=9),
    st.none() | st.integers(min_value=0, max_value=9),
    st.booleans(),
)
hours = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 30]))
windows = st.builds(a_window, hours, hours, st.sampled_from(["", "rec-1"]), st.none() | st.integers(0, 9))
slots = st.builds(Slot, hours, hours, st.sampled_from([(), (1, 2), (5,)]))
situations = st.builds(
    lambda minutes, channel, purpose, zones, history, held, agreed, bad, due: Facts(
        NEXT_WEEK + dt.timedelta(minutes=minutes),
        Action(channel=channel, purpose=purpose, point="own1", loans=("L1",), staff=2),
        zones,
        points=POINTS,
        loans=(Loan("L1", plan_due=due), Loan("L2")),
        history=tuple(history),
        holds=tuple(held),
        agreed_windows=tuple(agreed),
        inconvenient=tuple(bad),
    ),
    st.integers(min_value=0, max_value=2 * 24 * 60),
    st.sampled_from(["call", "sms", "visit"]),
    st.sampled_from(["demand", "remind"]),
    st.sampled_from([("Asia/Shanghai",), ("America/New_York", "America/Los_Angeles")]),
    st.lists(events, max_size=12),
    st.lists(holds, max_size=2),
    st.lists(windows, max_size=2),
    st.lists(slots, max_size=2),
    st.none() | st.integers(0, 12).map(lambda days: MONDAY.date() + dt.timedelta(days=days)),
)
packs = st.sampled_from([default_rules(), shipped("US-REGF").rules, (*default_rules(), *shipped("US-REGF").rules)])


@settings(max_examples=150, deadline=None)
@given(situations, packs, events)
def test_more_history_never_turns_a_refusal_of_the_debtor_into_a_permission(facts, rules, more) -> None:
    """(Of third persons it can: three days without an answer are what makes the debtor unreachable.)"""
    if not decide(facts, rules).allowed:
        assert not decide(replace(facts, history=(*facts.history, more)), rules).allowed


@settings(max_examples=150, deadline=None)
@given(situations, packs, st.lists(st.floats(min_value=0, max_value=1, exclude_max=True), min_size=6, max_size=6))
def test_the_next_moment_is_allowed_and_none_before_it(facts, rules, shares) -> None:
    verdict = decide(facts, rules)
    if verdict.allowed:
        assert verdict.next_allowed_at is None
    elif verdict.next_allowed_at is not None:
        assert decide(facts.at(verdict.next_allowed_at), rules).allowed
        wait = verdict.next_allowed_at - facts.now
        last = verdict.next_allowed_at - dt.timedelta(microseconds=1)
        moments = [*(min(facts.now + wait * share, last) for share in shares), last]
        too_early = [moment for moment in moments if decide(facts.at(moment), rules).allowed]
        assert not too_early, f"{verdict.next_allowed_at} is not the first: {to_json(facts)}"
    else:
        assert not decide(facts.at(facts.now + dt.timedelta(days=400)), rules).allowed


@settings(max_examples=60, deadline=None)
@given(situations)
def test_two_packs_are_never_milder_than_one(facts) -> None:
    china, regf = default_rules(), shipped("US-REGF").rules
    both = decide(facts, (*china, *regf))
    alone = [decide(facts, china), decide(facts, regf)]
    assert both.allowed == all(verdict.allowed for verdict in alone)
    assert {r.rule for r in both.reasons} == {r.rule for verdict in alone for r in verdict.reasons}
