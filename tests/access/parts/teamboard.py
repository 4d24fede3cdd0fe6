"""The team board and a person's day."""

from typing import Any

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import create_user
from tests.access.form import Cast

ROUTES = {"people:day": lambda cast: {"user_id": cast["collector"].pk}}


def _of_another_team() -> User:
    return User.objects.filter(username="walk.elsewhere").first() or create_user(
        username="walk.elsewhere", display_name="别组催收员", password="a-password-for-tests", roles=[Role.COLLECTOR],
        actor=None, unit="team-elsewhere",
    )  # fmt: skip


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    """Somebody of another team: for a collector and a team leader there is no such person."""
    return {"people:day": ({"user_id": _of_another_team().pk}, "user_id")}
