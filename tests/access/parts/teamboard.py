"""The team board and a person's day."""

from typing import Any

from tests.access.form import Cast

ROUTES = {"people:day": lambda cast: {"user_id": cast["collector"].pk}}


def of_others(cast: Cast, case: Any, person: Any) -> dict[str, Any]:
    """Somebody of another team: for a collector and a team leader there is no such person."""
    return {"people:day": ({"user_id": person.pk}, "user_id")}
