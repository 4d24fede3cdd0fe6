"""Looking for what is unusual every hour, and what somebody found about it.

What follows from a confirmed alert registers itself, and runs in the same transaction:

    @on_confirmed
    def report(alert: DisclosureAlert, *, actor: User, now: datetime) -> None: ...
"""

import json
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import Notification, User
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from compliance.disclosure.facts import events
from compliance.disclosure.rules import Unusual, limits_on, unusual
from compliance.models import AlertState, DisclosureAlert

WATCH = "disclosure.watch"
DAYS = 2
_TURN = "SELECT pg_advisory_xact_lock(hashtextextended('compliance_disclosure', 0))"

Follows = Callable[..., None]
_when_confirmed: list[Follows] = []


class DisclosureRefused(Exception):
    """It cannot be done; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def on_confirmed(follows: Follows) -> Follows:
    """Registers what happens when an alert is confirmed."""
    if follows not in _when_confirmed:
        _when_confirmed.append(follows)
    return follows


def watch(*, now: datetime) -> int:
    """Look at the last days again and keep what is unusual; returns how many alerts are new or waiting anew. Safe to repeat:
    an alert is one a kind, person and day, and only grows."""
    today = clock.business_date(now)
    found: list[Unusual] = []
    for back in range(DAYS):
        day = today - timedelta(days=back)
        found += unusual(events(first=day, last=day), limits_on(day), today=today)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TURN)
        raised = _keep(found, now)
        if raised:
            audit.record(action="disclosure.watched", actor=None, data={"alerts": len(raised)})
            _tell(raised)
    return len(raised)


def _keep(found: Sequence[Unusual], now: datetime) -> list[tuple[int, date]]:
    """Whom the new ones are about, and their days. One that has been explained waits again where it has become more severe:
    what was explained was less than what is known now."""
    rows = [
        {"kind": one.kind, "user_id": one.user, "day": one.day.isoformat(), "count": one.count,
         "severity": one.severity, "evidence": one.evidence}
        for one in found
    ]  # fmt: skip
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH told AS (
                SELECT kind, user_id, day, state FROM compliance_disclosurealert
                WHERE day >= %(first)s AND state = 'new'
            ), kept AS (
                INSERT INTO compliance_disclosurealert AS a
                    (kind, user_id, day, count, severity, evidence, state, found_at, note)
                SELECT kind, user_id, day, count, severity, evidence, 'new', %(now)s, ''
                FROM jsonb_to_recordset(%(rows)s::jsonb)
                    AS x(kind text, user_id bigint, day date, count int, severity smallint, evidence jsonb)
                ON CONFLICT (kind, user_id, day) DO UPDATE SET
                    count = excluded.count, severity = greatest(a.severity, excluded.severity),
                    evidence = excluded.evidence,
                    state = CASE WHEN excluded.severity > a.severity THEN 'new' ELSE a.state END,
                    note = CASE WHEN excluded.severity > a.severity THEN '' ELSE a.note END,
                    decided_by_id = CASE WHEN excluded.severity > a.severity THEN NULL ELSE a.decided_by_id END,
                    decided_at = CASE WHEN excluded.severity > a.severity THEN NULL ELSE a.decided_at END
                WHERE excluded.count > a.count
                RETURNING a.kind, a.user_id, a.day, a.state
            )
            SELECT k.user_id, k.day FROM kept k LEFT JOIN told t USING (kind, user_id, day)
            WHERE k.state = 'new' AND t.user_id IS NULL
            """,
            {"first": min(one.day for one in found), "now": now, "rows": json.dumps(rows)},
        )
        return [(user, day) for user, day in cursor.fetchall()]


def _tell(raised: Sequence[tuple[int, date]]) -> None:
    """Those who watch, each of what is not about themselves: whom it is about hears nothing."""
    url = f"{reverse('compliance:disclosure')}?week={max(day for _user, day in raised).isoformat()}"
    for person in users_with(WATCH):
        count = sum(user != person.pk for user, _day in raised)
        if count:
            notify(users=[person], kind="disclosure.alerts", params={"count": count}, url=url, level="warning")


def decide_alert(*, alert: DisclosureAlert, confirmed: bool, note: str, actor: User, now: datetime) -> DisclosureAlert:
    """Explained, or confirmed as what it looked like. Raises DisclosureRefused: about oneself, no words, decided already."""
    if alert.user_id == actor.pk:
        raise DisclosureRefused(_("自己的查询记录须由他人核查"))
    if not note.strip():
        raise DisclosureRefused(_("请写明核查情况"), "note")
    with transaction.atomic():
        locked = DisclosureAlert.objects.select_for_update(no_key=True).get(pk=alert.pk)
        if locked.state != AlertState.NEW:
            raise DisclosureRefused(_("这条提示已核查：%(state)s") % {"state": locked.get_state_display()})
        locked.state = AlertState.CONFIRMED if confirmed else AlertState.EXPLAINED
        locked.decided_by, locked.decided_at, locked.note = actor, now, note.strip()[:200]
        locked.save(update_fields=["state", "decided_by", "decided_at", "note"])
        audit.record(
            action="disclosure.confirmed" if confirmed else "disclosure.explained",
            actor=actor,
            obj=locked,
            data={"kind": locked.kind, "user": locked.user_id, "day": locked.day.isoformat()},
            reason=note,
        )
        if confirmed:
            for follows in _when_confirmed:
                follows(locked, actor=actor, now=now)
    return locked


def tell_of_week(*, now: datetime) -> int:
    """On Monday morning: last week's list waits to be read. Told once to each who may sign it, however often asked."""
    from compliance.disclosure.weekly import REVIEW, monday_of

    week = monday_of(clock.business_date(now)) - timedelta(days=7)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_TURN)
        params = {"week": week.isoformat()}
        told = Notification.objects.filter(kind="disclosure.week", params=params).values("user")
        return notify(
            users=users_with(REVIEW).exclude(pk__in=told),
            kind="disclosure.week",
            params=params,
            url=f"{reverse('compliance:disclosure')}?week={week.isoformat()}",
        )
