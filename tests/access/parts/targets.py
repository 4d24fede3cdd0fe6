"""Targets: the tree, proposing, agreeing, a person's page."""

from typing import Any

from agents.models import Level, SetKind, Target, TargetSet
from agents.targets.gather import month_of
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.access.form import Cast, Filled, Form
from tests.staff import make_team, place


def _month() -> Any:
    return month_of(clock.business_date(clock.now()))


def _set(cast: Cast) -> TargetSet:
    """The collector's whole company: one team, one person."""
    place(cast["collector"], make_team("team-a"))
    now = clock.now()
    kept = TargetSet.objects.create(month=_month(), version=1, kind=SetKind.AGREED, reason="月初核定", saved_at=now)
    team, rows = make_team("team-a"), []
    for metric, amount in (("money", "1000.00"), ("recovery", "12.00")):
        rows += [
            Target(set=kept, metric=metric, level=Level.COMPANY, amount=amount),
            Target(set=kept, metric=metric, level=Level.TEAM, team=team, amount=amount),
            Target(set=kept, metric=metric, level=Level.PERSON, team=team, user=cast["collector"], amount=amount),
        ]
    Target.objects.bulk_create(rows)
    return kept


def _person(cast: Cast) -> dict[str, int]:
    _set(cast)
    return {"user_id": cast["collector"].pk}


def _agree(cast: Cast) -> Filled:
    kept = _set(cast)
    typed = {"company": "13", f"team-{make_team('team-a').pk}": "12.5", f"person-{cast['collector'].pk}": "12.5"}
    asked = {"month": f"{_month():%Y-%m}", "metric": "recovery", "based_on": str(kept.pk), "reason": "按实际调整"}
    return {}, {**asked, **typed}


def _propose(cast: Cast) -> Filled:
    place(cast["collector"], make_team("team-a"))
    return {}, {"month": f"{_month():%Y-%m}", "recovery": "12.5", "based_on": "0"}


ROUTES = {"targets:person": _person}
FORMS = {
    "targets:propose": Form("supervisor", _propose),
    "targets:agree": Form("supervisor", _agree),
}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """Somebody of another team."""
    other = User.objects.filter(unit="team-z").first() or create_user(
        username="bie.team", display_name="别组", password="a-password-for-tests", roles=[Role.COLLECTOR],
        actor=None, unit="team-z",
    )  # fmt: skip
    return {"targets:person": ({"user_id": other.pk}, "user_id")}
