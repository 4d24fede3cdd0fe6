"""Desks: where a case can sit."""

from cases.models import Desk, DeskKind

POOL_CODE = "pool"


def pool_desk() -> Desk:
    """The one pool in which every new case starts; made when it is missing (two at once find the same one)."""
    desk, _made = Desk.objects.get_or_create(
        kind=DeskKind.POOL,
        defaults={"code": POOL_CODE, "name": "案件池"},
    )
    return desk
