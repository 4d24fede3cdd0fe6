"""The week's list of who looked at what: figures for each person, and the signature of whoever read it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from compliance.disclosure.facts import BY_TIME, FILES, ONE_EVENT, midnight, shared
from compliance.disclosure.watch import DisclosureRefused
from compliance.models import AlertState, DisclosureAlert, DisclosureReview

REVIEW = "disclosure.review"

_BY_PERSON = """
SELECT actor_id,
    count(*) FILTER (WHERE action = 'person.revealed' AND outcome = 'ok' AND capability = 'phones.reveal'),
    count(*) FILTER (WHERE action = 'person.revealed' AND outcome = 'ok' AND capability = 'ids.reveal'),
    count(DISTINCT debtor) FILTER (WHERE outcome = 'ok'),
    count(*) FILTER (WHERE outcome = 'refused'),
    count(*) FILTER (WHERE action = 'cases.exported'),
    coalesce(sum(persons), 0),
    coalesce(sum(persons) FILTER (WHERE unmasked), 0),
    count(*) FILTER (WHERE action = ANY(%(files)s)),
    count(*) FILTER (WHERE action = 'search.person' AND outcome = 'ok'),
    count(*) FILTER (WHERE is_empty),
    count(*) FILTER (WHERE late AND outcome = 'ok'),
    count(DISTINCT debtor) FILTER (WHERE NOT own AND outcome = 'ok')
FROM ({events}) f GROUP BY actor_id
"""


@dataclass
class Line:
    """One person's week. `persons`: whose values were opened; `exported`: persons in exported files, of those `unmasked` in
    the clear; `alerts` is None for the reader's own line."""

    user: User
    phones: int
    ids: int
    persons: int
    refused: int
    exports: int
    exported: int
    unmasked: int
    files: int
    searches: int
    empty: int
    late: int
    not_own: int
    alerts: int | None = 0
    waiting: int = 0


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def lines_of_week(week: date, reader: User) -> list[Line]:
    """Everybody who looked at something, those with alerts that wait first, then by persons. Four queries."""
    last = week + timedelta(days=6)
    asked = {"since": midnight(week), "until": midnight(week + timedelta(days=7)), "files": list(FILES), **shared(last)}
    with connection.cursor() as cursor:
        cursor.execute(_BY_PERSON.replace("{events}", ONE_EVENT.replace("{which}", BY_TIME)), asked)
        rows = cursor.fetchall()
    people = User.objects.in_bulk([row[0] for row in rows])
    lines = {row[0]: Line(people[row[0]], *row[1:]) for row in rows}
    alerts = (
        DisclosureAlert.objects.for_user(reader)
        .filter(day__gte=week, day__lte=last)
        .values("user")
        .annotate(n=Count("pk"), waits=Count("pk", filter=Q(state="new")))
    )
    for row in alerts:
        if row["user"] in lines:
            lines[row["user"]].alerts, lines[row["user"]].waiting = row["n"], row["waits"]
    if reader.pk in lines:
        lines[reader.pk].alerts = None
    return sorted(lines.values(), key=lambda line: (-line.waiting, -line.persons, -line.exported, line.user.pk))


def week_url(day: date) -> str:
    """The page of the week in which a day lies."""
    return f"{reverse('compliance:disclosure')}?week={monday_of(day).isoformat()}"


def waiting_alerts(reader: User) -> tuple[int, str]:
    """How many alerts about others nobody has looked into, and the page of the week of the oldest. One query."""
    found = (
        DisclosureAlert.objects.for_user(reader)
        .filter(state=AlertState.NEW)
        .aggregate(count=Count("pk"), oldest=Min("day"))
    )
    return found["count"], week_url(found["oldest"]) if found["count"] else reverse("compliance:disclosure")


def review_of(week: date) -> DisclosureReview | None:
    return DisclosureReview.objects.select_related("reviewed_by", "second_by").filter(week=week).first()


def sign_week(*, week: date, note: str, actor: User, now: datetime) -> DisclosureReview:
    """«Read.» Whoever is on the list reads the others' lines; their own lines wait for a second reader. Raises
    DisclosureRefused: the week is not over, alerts of it still wait, it is signed already, or one's own lines."""
    if week != monday_of(week):
        raise DisclosureRefused(_("请选择一周"), "week")
    if clock.business_date(now) <= week + timedelta(days=6):
        raise DisclosureRefused(_("这一周还没有结束，结束后再签阅"))
    lines = lines_of_week(week, actor)
    own = any(line.user.pk == actor.pk for line in lines)
    try:
        with transaction.atomic():
            signed = DisclosureReview.objects.select_for_update(no_key=True).filter(week=week).first()
            if signed is None:
                if sum(line.waiting for line in lines):
                    raise DisclosureRefused(_("这一周还有待核查的提示，请先核查"))
                signed = DisclosureReview.objects.create(
                    week=week, reviewed_by=actor, reviewed_at=now, note=note.strip()[:500], has_own=own
                )
            elif signed.is_done:
                raise DisclosureRefused(_("这一周已由 %(who)s 签阅") % {"who": signed.reviewed_by})
            elif signed.reviewed_by_id == actor.pk:
                raise DisclosureRefused(_("自己的查询记录须由另一人签阅"))
            else:
                about = DisclosureAlert.objects.filter(
                    user=signed.reviewed_by, day__gte=week, day__lte=week + timedelta(days=6), state="new"
                )
                if about.exists():
                    raise DisclosureRefused(_("这一周还有待核查的提示，请先核查"))
                signed.second_by, signed.second_at = actor, now
                signed.save(update_fields=["second_by", "second_at"])
            audit.record(
                action="disclosure.signed",
                actor=actor,
                obj=signed,
                data={"week": week.isoformat(), "people": len(lines), "own": own},
                reason=note,
            )
    except IntegrityError as both:
        raise DisclosureRefused(_("这一周刚刚由他人签阅，请刷新页面")) from both
    return signed
