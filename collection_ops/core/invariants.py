"""What must always be true. Each invariant returns the rows that break it; all are checked nightly, by command, and on a
page. Apps register their own; the numbers are those of reference/reliability section 4.

    @invariant("I11", _("一个案件最多一个在手席位"))
    def one_open_custody() -> list[dict[str, Any]]: ...
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core import clock
from collection_ops.core.access import FORBIDDEN_PAIRS
from collection_ops.core.models import AuditEvent, AuditSeal, Job, JobState, User

logger = logging.getLogger(__name__)

Rows = list[dict[str, Any]]
SHOWN_ROWS = 20


@dataclass(frozen=True)
class Invariant:
    code: str
    title: Any
    find: Callable[[], Rows]


_invariants: dict[str, Invariant] = {}


def invariant(code: str, title: Any) -> Callable[[Callable[[], Rows]], Callable[[], Rows]]:
    """Registers a function that returns the offending rows, each a dict of references (no personal data)."""

    def register(function: Callable[[], Rows]) -> Callable[[], Rows]:
        if code in _invariants:
            raise LookupError(f"two invariants {code!r}")
        _invariants[code] = Invariant(code, title, function)
        return function

    return register


def registered() -> list[Invariant]:
    return sorted(_invariants.values(), key=lambda i: (int("".join(c for c in i.code if c.isdigit()) or 0), i.code))


def title_of(code: str) -> Any:
    found = _invariants.get(code)
    return found.title if found else code


def check_all(*, now: datetime, progress: Callable[[int, int, str], None] | None = None) -> list[dict[str, Any]]:
    """Every invariant with its offending rows: [{"code", "title", "count", "rows"}]. One that cannot be checked counts
    as broken, because nobody knows."""
    results = []
    everything = registered()
    for done, item in enumerate(everything):
        if progress:
            progress(done, len(everything), item.code)
        try:
            rows = item.find()
        except Exception as error:
            logger.exception("invariant could not be checked", extra={"code": item.code})
            rows = [{"error": type(error).__name__}]
        results.append({"code": item.code, "title": str(item.title), "count": len(rows), "rows": rows[:SHOWN_ROWS]})
    return results


@invariant("I18", _("没有停滞的任务：进行中的有心跳，排队的在 10 分钟内开始"))
def no_stuck_jobs() -> Rows:
    now = clock.now()
    stuck = Job.objects.filter(
        Q(state=JobState.RUNNING, lease_until__lt=now - timedelta(minutes=5))
        | Q(state=JobState.QUEUED, created_at__lt=now - timedelta(minutes=10))
    )
    return [dict(row) for row in stuck.values("id", "kind", "state", "attempts")]


@invariant("I21", _("审计封存及时：已提交的记录在 15 分钟内封存"))
def audit_is_sealed_in_time() -> Rows:
    late = AuditEvent.objects.filter(seal_entry__isnull=True, at__lt=clock.now() - timedelta(minutes=15))
    return [dict(row) for row in late.order_by("id").values("id", "action")]


@invariant("I21b", _("审计封印与条目衔接：位次连续、数量相等"))
def seals_count_up() -> Rows:
    """The quick half of the verification; `verify_audit` recomputes every digest."""
    broken: Rows = []
    position = number = 0
    for seal in AuditSeal.objects.order_by("number").values("number", "first_position", "last_position"):
        if seal["number"] != number + 1 or seal["first_position"] != position + 1:
            broken.append(dict(seal))
        number, position = seal["number"], seal["last_position"]
    return broken


@invariant("I18b", _("工作进程与数据库的时钟相差不超过 5 秒"))
def clocks_agree() -> Rows:
    skew = clock.skew_seconds()
    return [{"seconds": skew}] if abs(skew) > clock.MOST_SKEW_SECONDS else []


@invariant("I24", _("没有人同时担任互斥的角色"))
def no_forbidden_pairs() -> Rows:
    broken = []
    for user in User.objects.filter(is_active=True).prefetch_related("role_grants"):
        held = {grant.role for grant in user.role_grants.all()}
        broken += [{"user": user.pk, "roles": sorted(str(r) for r in pair)} for pair in FORBIDDEN_PAIRS if pair <= held]
    return broken


@invariant("I24b", _("启用的账号 90 天内登录过"))
def no_idle_accounts() -> Rows:
    limit = clock.now() - timedelta(days=90)
    idle = User.objects.filter(is_active=True).filter(
        Q(last_login__lt=limit) | Q(last_login__isnull=True, date_joined__lt=limit)
    )
    return [{"user": pk} for pk in idle.values_list("pk", flat=True)]
