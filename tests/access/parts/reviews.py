"""Samples and forms of reviews, appraisals, rewards and penalties."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import timezone

from agents.models import Appraisal, ReviewAction, RewardProposal, RewardRules, WeekReview
from agents.reviews.month_facts import Figure, MonthFacts
from agents.reviews.reward_rules import SUGGESTED
from agents.reviews.scoring import score
from agents.reviews.weights import DEFAULTS
from agents.targets.spread import monday_of
from collection_ops.core.access import Scope, scope
from collection_ops.core.clock import month_before
from collection_ops.core.models import User
from tests.access.form import Cast, Filled, Form

FACTS = MonthFacts(
    {"money": Figure(Decimal("9000.00")), "target": Figure(Decimal("9000.00"), Decimal("10000.00")),
     "complaints": Figure(Decimal(0)), "breaches": Figure(Decimal(1))}
)  # fmt: skip


def last_month() -> dt.date:
    return month_before(timezone.localdate().replace(day=1))


def last_week() -> dt.date:
    return monday_of(timezone.localdate()) - dt.timedelta(days=7)


def make_week(person: User, leader: User, *, week: dt.date | None = None, state: str = "held") -> WeekReview:
    now, stamps = timezone.now(), {}
    if state != "draft":
        stamps = {"held_by": leader, "held_at": now, "notes": "先联系 M1", "figures": {"lines": []}}
    if state == "acknowledged":
        stamps["acknowledged_at"] = now
    review, _made = WeekReview.objects.get_or_create(
        user=person,
        week=week or last_week(),
        defaults={"plan": "先跟进失约", "planned_at": now, "state": state, **stamps},
    )
    if state != "draft" and not review.actions.exists():
        ReviewAction.objects.create(
            review=review, what="每天先打回拨", who=person, due_on=timezone.localdate(), measure="按时跟进 90%"
        )
    return review


def make_appraisal(person: User, leader: User, *, state: str = "open", month: dt.date | None = None) -> Appraisal:
    now = timezone.now()
    columns: dict[str, Any] = {"state": state}
    if state != "open":
        columns |= {"self_view": "完成了目标", "self_at": now}
    if state not in ("open", "self"):
        columns |= {"leader": leader, "leader_at": now, "leader_view": "稳定", "result": Decimal("80.00"), "grade": "B"}
    return Appraisal.objects.get_or_create(
        user=person, month=month or last_month(),
        defaults={
            "figures": FACTS.to_json(), "values": DEFAULTS, "points": score(FACTS.figures, DEFAULTS).total,
            "opened_by": leader, "opened_at": now, **columns,
        },
    )[0]  # fmt: skip


def make_rules(manager: User) -> RewardRules:
    return RewardRules.objects.order_by("-pk").first() or RewardRules.objects.create(
        lines=SUGGESTED, reason="初版", saved_by=manager, saved_at=timezone.now()
    )


def make_reward(
    person: User, proposer: User, manager: User, *, rule: str = "money", kind: str = "reward", **columns: Any
) -> RewardProposal:
    return RewardProposal.objects.get_or_create(
        user=person, month=last_month(), rule=rule,
        defaults={
            "rules": make_rules(manager), "name": "回款提成", "kind": kind, "amount": Decimal("150.00"),
            "arithmetic": [{"step": "tier", "from": "5000", "to": "", "rate": "1", "of": "15000", "amount": "150.00"}],
            "conditions": [
                {"code": "upheld", "observed": "0", "limit": "0", "met": True, "evidence": []},
            ],
            "proposed_by": proposer, "proposed_at": timezone.now(), **columns,
        },
    )[0]  # fmt: skip


def _week(cast: Cast, state: str = "held") -> dict[str, Any]:
    review = make_week(cast["collector"], cast["team_leader"], state=state)
    return {"user_id": review.user_id, "week": review.week.isoformat()}


def _appraisal(cast: Cast, state: str = "open") -> dict[str, Any]:
    return {"appraisal_id": make_appraisal(cast["collector"], cast["team_leader"], state=state).pk}


def _reward(cast: Cast, **columns: Any) -> dict[str, Any]:
    found = make_reward(cast["collector"], cast["team_leader"], cast["manager"], **columns)
    return {"reward_id": found.pk}


def _final_penalty(cast: Cast, **columns: Any) -> dict[str, Any]:
    now = timezone.now()
    return _reward(
        cast, rule="breach", kind="penalty", state="final", conditions=[], first_by=cast["supervisor"], first_at=now,
        second_by=cast["manager"], second_at=now, **columns,
    )  # fmt: skip


def _open_appeal(cast: Cast) -> dict[str, Any]:
    now = timezone.now()
    return _final_penalty(cast, appeal="那天系统故障", appealed_at=now, appeal_state="open")


def _plan(cast: Cast) -> Filled:
    week = monday_of(timezone.localdate())
    return {"user_id": cast["collector"].pk, "week": week.isoformat()}, {"plan": "先打回拨", "based_on": "0"}


def _hold(cast: Cast) -> Filled:
    values = {
        "notes": "M1 触达低", "based_on": "0", "what": ["每天先打回拨"], "who": ["person"],
        "due_on": [(timezone.localdate() + dt.timedelta(days=5)).isoformat()], "measure": ["按时跟进 90%"],
    }  # fmt: skip
    return {"user_id": cast["collector"].pk, "week": last_week().isoformat()}, values


def _check(cast: Cast) -> Filled:
    arguments = _week(cast, "acknowledged")
    action = ReviewAction.objects.get(review__user=arguments["user_id"])
    return arguments, {f"done-{action.pk}": "yes", f"outcome-{action.pk}": "按时跟进到 92%"}


def _weigh(cast: Cast) -> Filled:
    return {}, {**DEFAULTS, "target_weight": 20, "complaints_weight": 20, "reason": "更看重投诉", "based_on": "0"}


def _open_all(cast: Cast) -> Filled:
    return {}, {"month": f"{last_month():%Y-%m}"}


def _propose(cast: Cast) -> Filled:
    from compliance.models import Breach, ContactAttempt
    from tests.cases.builders import desk_of, make_case

    make_rules(cast["manager"])
    moment = timezone.make_aware(dt.datetime.combine(last_month() + dt.timedelta(days=9), dt.time(10)))
    case = make_case(desk=desk_of(cast["collector"]))
    attempt = ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", actor=cast["collector"], state="closed", result="no_answer",
        opened_at=moment, started_at=moment, closed_at=moment, late_minutes=0,
    )  # fmt: skip
    Breach.objects.create(attempt=attempt, pack="CN-DEFAULT", rule="CN-F-01")
    return {}, {"month": f"{last_month():%Y-%m}"}


def _rules(cast: Cast) -> Filled:
    values = {f"{n}-{name}": text for n, row in enumerate(SUGGESTED, 1) for name, text in row.items()}
    return {}, {**values, "reason": "初版", "based_on": "0"}


PENALTY = {"rule": "breach", "kind": "penalty", "conditions": []}
ROUTES = {
    **{f"reviews:week{name}": _week for name in ("", "_plan", "_hold", "_confirm", "_check")},
    **{f"reviews:appraisal{name}": _appraisal for name in ("", "_self", "_lead", "_answer", "_decide")},
    **{f"reviews:reward{name}": _reward for name in ("", "_decide", "_appeal", "_appeal_decide")},
}
FORMS = {
    "reviews:week_plan": Form("collector", _plan),
    "reviews:week_hold": Form("team_leader", _hold),
    "reviews:week_confirm": Form("collector", lambda cast: (_week(cast), {"answer": "同意"})),
    "reviews:week_check": Form("supervisor", _check),
    "reviews:appraisals_open": Form("supervisor", _open_all),
    "reviews:appraisal_self": Form("collector", lambda cast: (_appraisal(cast), {"self_view": "完成了目标"})),
    "reviews:appraisal_lead": Form(
        "team_leader", lambda cast: (_appraisal(cast, "self"), {"leader_view": "稳定", "adjustment": "1"})
    ),
    "reviews:appraisal_answer": Form(
        "collector", lambda cast: (_appraisal(cast, "leader"), {"agrees": "no", "answer": "投诉不成立"})
    ),
    "reviews:appraisal_decide": Form(
        "manager", lambda cast: (_appraisal(cast, "disagreed"), {"decision": "维持", "adjustment": "0"})
    ),
    "reviews:weights": Form("manager", _weigh),
    "reviews:rewards_propose": Form("supervisor", _propose),
    "reviews:reward_decide": Form(
        "compliance", lambda cast: (_reward(cast, **PENALTY), {"decision": "approve", "reason": ""})
    ),
    "reviews:reward_appeal": Form("collector", lambda cast: (_final_penalty(cast), {"appeal": "那天系统故障"})),
    "reviews:reward_appeal_decide": Form(
        "compliance", lambda cast: (_open_appeal(cast), {"uphold": "yes", "appeal_note": "属实"})
    ),
    "reviews:reward_rules": Form("manager", _rules),
}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """Of a collector in another team."""
    stranger, _made = User.objects.get_or_create(
        username="walk.far", defaults={"display_name": "外组催收", "unit": "team-z"}
    )
    stranger.role_grants.get_or_create(role="collector")
    week = make_week(stranger, cast["supervisor"])
    appraised = make_appraisal(stranger, cast["supervisor"])
    rewarded = make_reward(stranger, cast["supervisor"], cast["manager"])
    of_week = {"user_id": stranger.pk, "week": week.week.isoformat()}
    found = {
        **{f"reviews:week{name}": (of_week, "user_id") for name in ("", "_plan", "_hold", "_confirm", "_check")},
        **{
            f"reviews:appraisal{name}": ({"appraisal_id": appraised.pk}, "appraisal_id")
            for name in ("", "_self", "_lead", "_answer", "_decide")
        },
        **{
            f"reviews:reward{name}": ({"reward_id": rewarded.pk}, "reward_id")
            for name in ("", "_decide", "_appeal", "_appeal_decide")
        },
    }
    # Who sees everybody's rewards sees these.
    if scope(person, "rewards.view") == Scope.ALL:
        found = {route: line for route, line in found.items() if not route.startswith("reviews:reward")}
    return found
