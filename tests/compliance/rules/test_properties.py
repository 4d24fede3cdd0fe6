"""What holds for any history: limits are kept, more history never frees anybody, and «from when on» is exact."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.rules.engine import decide
from compliance.rules.facts import Action, AgreedWindow, Event, Facts, Hold, Loan, Party, Point, Slot, to_json
from compliance.rules.occasions import Message, Staff
from compliance.rules.packs import Rule, changed, default_rules, pack_names, shipped
from compliance.rules.versions import Change, versions

CHINA = ZoneInfo("Asia/Shanghai")
EAST = ZoneInfo("America/New_York")
MONDAY = dt.datetime(2026, 3, 2, 9, 0, tzinfo=CHINA)
OWN = ("own1", "own2")
POINTS = (
    *(Point(name, "debtor", "application") for name in OWN),
    *(Point(name, name, "contract") for name in ("aunt", "uncle")),
)
PARTIES = (Party("debtor", "debtor"), Party("aunt", "contact"), Party("uncle", "relative"))
LOANS = (Loan("L1"), Loan("L2"))
ZONES = (("Asia/Shanghai",), ("America/New_York", "America/Los_Angeles"), ("Asia/Shanghai", "Asia/Urumqi"))
PACKS = tuple(shipped(name) for name in pack_names())


def made_strict(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """As a careful officer would have them: what is a hint is a refusal, and the week has a limit."""
    strict = {"CN-F-03": {}, "CN-F-04": {}, "CN-F-05": {}, "CN-F-05B": {"most": 6}, "CN-F-06": {"days": None}}
    return tuple(changed(rule, strict[rule.id], "block") if rule.id in strict else rule for rule in rules)


def made_at(days: float) -> tuple[Rule, ...]:
    """Both packs, and a day on which some of it was changed: tightened, loosened, a pack switched on."""
    moment = MONDAY + dt.timedelta(days=days)
    return versions(
        PACKS,
        [
            Change("CN-DEFAULT", moment, "CN-F-01", {"most": 2}),
            Change("CN-DEFAULT", moment, "CN-T-01", {"start": "21:00", "end": "09:00"}),
            Change("CN-DEFAULT", moment + dt.timedelta(hours=30), "CN-T-01", {"start": "23:00", "end": "07:00"}),
            Change("CN-DEFAULT", moment + dt.timedelta(hours=30), "CN-V-02", {"most": 0}),
            Change("CN-DEFAULT", moment + dt.timedelta(days=3), "CN-V-02", {"most": 1}),
            Change("US-REGF", moment + dt.timedelta(days=1), on=True),
            Change("US-REGF", moment + dt.timedelta(days=4), on=False),
        ],
    )


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


lives = st.tuples(
    st.integers(min_value=1, max_value=300),
    st.sampled_from(["call", "call", "call", "sms", "visit"]),
    results,
    st.sampled_from(["own1", "own1", "own2", "aunt", "uncle"]),
    st.sampled_from([("L1",), ("L2",), ("L1", "L2")]),
    st.sampled_from(["own", "agency-a"]),
)


def live_with_others(steps: Iterable[tuple], rules: tuple[Rule, ...], facts: Facts) -> list[Event]:
    """As `live`, and third persons are asked to relay."""
    done: list[Event] = []
    now = facts.now
    for minutes, channel, result, point, loans, org in steps:
        now += dt.timedelta(minutes=minutes)
        party = "debtor" if point in OWN else point
        purpose = "demand" if party == "debtor" else "relay"
        action = Action(channel=channel, point=point, party=party, purpose=purpose, loans=loans, org=org, staff=2)
        if decide(replace(facts, now=now, action=action, history=tuple(done)), rules).allowed:
            reached = result if party == "debtor" or result not in ("right_party",) else "third_party"
            outcome = {"call": reached, "sms": "delivered", "visit": "nobody_home"}[channel]
            done.append(Event(now, channel, result=outcome, party=party, point=point, loans=loans, org=org))
    return done


@settings(max_examples=80, deadline=None)
@given(st.lists(lives, max_size=70), st.sampled_from(ZONES))
def test_no_sequence_breaks_a_limit_by_number_debt_person_or_week(taken, zones) -> None:
    """Every pack on, hints made refusals, anybody called, by anybody, wherever the debtor may be."""
    rules = made_strict((*default_rules(), *shipped("US-REGF").rules))
    done = live_with_others(taken, rules, Facts(MONDAY, timezones=zones, points=POINTS, parties=PARTIES, loans=LOANS))
    zone = ZoneInfo(zones[0])
    for name in zones:
        assert all(8 <= event.at.astimezone(ZoneInfo(name)).hour < 21 for event in done)
    missed = Counter((day_of(e.at, zone), e.point) for e in done if e.result in ("no_answer", "busy", "voicemail"))
    assert max(missed.values(), default=0) <= 6
    sent = Counter(day_of(e.at, zone) for e in done if e.channel == "sms" and e.party == "debtor")
    assert max(sent.values(), default=0) <= 2
    weeks = Counter(
        day_of(e.at, zone) - dt.timedelta(days=day_of(e.at, zone).weekday())
        for e in done
        if e.channel == "call" and e.party == "debtor"
    )
    assert max(weeks.values(), default=0) <= 6
    assert max(Counter(e.party for e in done if e.party != "debtor").values(), default=0) <= 1, "once a third person"
    for loan in ("L1", "L2"):
        days = sorted(
            day_of(e.at, zone) for e in done if e.channel == "call" and loan in e.loans and e.result != "busy"
        )
        assert all(sum(1 for day in days if last - dt.timedelta(days=7) < day <= last) <= 7 for last in days)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=40), st.integers(0, 3))
def test_no_sequence_breaks_the_limit_of_its_own_day_when_it_changes(taken, day) -> None:
    done = live(taken, made_at(day), Facts(MONDAY, points=POINTS, loans=LOANS))
    changed_at = MONDAY + dt.timedelta(days=day)
    effective = Counter(day_of(e.at, CHINA) for e in done if e.result == "right_party")
    for when, count in effective.items():
        assert count <= (2 if when > changed_at.astimezone(CHINA).date() else 3)
    tight = [e for e in done if changed_at <= e.at < changed_at + dt.timedelta(hours=30)]
    assert all(9 <= e.at.astimezone(CHINA).hour < 21 for e in tight)


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
    st.sampled_from(
        ["illness", "deceased", "no_contact_order", "complaint", "stop_contact", "bankruptcy", "validation_dispute"]
    ),
    st.integers(min_value=0, max_value=9),
    st.none() | st.integers(min_value=0, max_value=9),
    st.booleans(),
)
hours = st.builds(dt.time, st.integers(0, 23), st.sampled_from([0, 30]))
windows = st.builds(a_window, hours, hours, st.sampled_from(["", "rec-1"]), st.none() | st.integers(0, 9))
slots = st.builds(Slot, hours, hours, st.sampled_from([(), (1, 2), (5,)]))
situations = st.builds(
    lambda minutes, channel, purpose, actor, message, zones, history, held, agreed, bad, due, received, trained: Facts(
        NEXT_WEEK + dt.timedelta(minutes=minutes),
        Action(
            channel=channel, purpose=purpose, point="own1", loans=("L1",), staff=2, actor_kind=actor, message=message
        ),
        zones,
        points=POINTS,
        parties=PARTIES,
        loans=(Loan("L1", plan_due=due, validation_received_on=received), Loan("L2")),
        staff=None if trained is None else Staff(trained),
        history=tuple(history),
        holds=tuple(held),
        agreed_windows=tuple(agreed),
        inconvenient=tuple(bad),
    ),
    st.integers(min_value=0, max_value=2 * 24 * 60),
    st.sampled_from(["call", "sms", "visit"]),
    st.sampled_from(["demand", "remind"]),
    st.sampled_from(["human", "ai"]),
    st.sampled_from([None, Message(state="approved", author="a", approved_by="b", opt_out=True), Message()]),
    st.sampled_from(ZONES),
    st.lists(events, max_size=12),
    st.lists(holds, max_size=2),
    st.lists(windows, max_size=2),
    st.lists(slots, max_size=2),
    st.none() | st.integers(0, 12).map(lambda days: MONDAY.date() + dt.timedelta(days=days)),
    st.none() | st.integers(-40, 5).map(lambda days: MONDAY.date() + dt.timedelta(days=days)),
    st.none() | st.integers(-370, -360).map(lambda days: MONDAY.date() + dt.timedelta(days=days)),
)
BOTH = (*default_rules(), *shipped("US-REGF").rules)
packs = st.sampled_from(
    [default_rules(), shipped("US-REGF").rules, BOTH, made_strict(BOTH), made_at(6.5), made_at(8.3), made_at(9)]
)


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
