"""What a KPI means from a day on: its numbers as people decide them, each decision a version that stays."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from collection_ops.core.services import audit
from reports.kpis.definitions import Definition, InForce, in_force
from reports.models import KpiVersion

FROM_THE_START = date(2000, 1, 1)
LONGEST = 9


class VersionRefused(Exception):
    """The numbers cannot be put in force so; the sentence says why, `field` where it stands in the form."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def read_params(definition: Definition, typed: Mapping[str, Any]) -> dict[str, int]:
    """Whole numbers within their bounds. Raises VersionRefused."""
    found = {}
    for name, param in definition.params.items():
        text = str(typed.get(name, "")).strip()
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST else -1
        if not param.least <= number <= param.most:
            raise VersionRefused(
                _("“%(label)s”须为 %(least)s 至 %(most)s 的整数")
                % {"label": param.label, "least": param.least, "most": param.most},
                name,
            )
        found[name] = number
    return found


def define(
    *,
    definition: Definition,
    typed: Mapping[str, Any],
    effective_from: date,
    reason: str,
    based_on: int,
    actor: User,
    today: date,
    now: datetime,
) -> KpiVersion:
    """Put new numbers in force from `effective_from` on. Figures up to an earlier day keep the numbers of that day.

    Raises VersionRefused: nothing to decide, numbers out of bounds, a day that is over, no reason, nothing changed, or
    somebody else was quicker than `based_on` (the number of the newest version that was seen).
    """
    if not definition.params:
        raise VersionRefused(_("这个指标没有可以修改的参数"))
    params = read_params(definition, typed)
    if effective_from < today:
        raise VersionRefused(_("生效日期不能早于今天（%(day)s）") % {"day": today}, "effective_from")
    if not reason.strip():
        raise VersionRefused(_("请写明修改的原因"), "reason")
    with transaction.atomic():
        newest = _hold(definition.name)
        if newest != based_on:
            raise VersionRefused(_("口径已被他人修改，请按最新的版本重新填写"))
        before = in_force(definition.name, day=effective_from)
        changed = {key: [before[key], number] for key, number in params.items() if before[key] != number}
        if not changed:
            raise VersionRefused(_("没有改动"))
        row = _write(definition, newest + 1, params, effective_from, reason.strip()[:200], actor, now)
        audit.record(
            action="kpi.defined",
            actor=actor,
            obj=row,
            data={
                "name": definition.name,
                "version": row.number,
                "day": effective_from.isoformat(),
                "changed": changed,
            },
            reason=reason,
        )
    return row


def write_shipped(definition: Definition, *, today: date, now: datetime) -> KpiVersion | None:
    """The version that the product ships, where none of this edition is there yet: the first counts from the start, a later
    edition from today on, with the numbers that people decided. None: nothing to write."""
    with transaction.atomic():
        newest = _hold(definition.name)
        rows = KpiVersion.objects.filter(name=definition.name)
        if rows.filter(edition__gte=definition.edition).exists():
            return None
        if not newest:
            params = {name: param.default for name, param in definition.params.items()}
            return _write(definition, 1, params, FROM_THE_START, "", None, now)
        kept: InForce = in_force(definition.name, day=today)
        return _write(definition, newest + 1, dict(kept.params), today, "产品更新", None, now)


def newest_number(name: str) -> int:
    """Of the newest version, 0 where there is none."""
    return KpiVersion.objects.filter(name=name).order_by("-number").values_list("number", flat=True).first() or 0


def _hold(name: str) -> int:
    """The newest number; nobody else writes a version of the KPI until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"kpi version {name}"])
    return newest_number(name)


def _write(
    definition: Definition,
    number: int,
    params: Mapping[str, int],
    effective_from: date,
    reason: str,
    actor: User | None,
    now: datetime,
) -> KpiVersion:
    with translation.override(settings.LANGUAGE_CODE):
        texts = definition.texts(params)
    return KpiVersion.objects.create(
        name=definition.name,
        number=number,
        edition=definition.edition,
        params=dict(params),
        texts=texts,
        effective_from=effective_from,
        reason=reason,
        made_by=actor,
        made_at=now,
    )
