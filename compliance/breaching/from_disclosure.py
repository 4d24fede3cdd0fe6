"""What a confirmed alert of the disclosure watch says about conduct, in the register: in the transaction of the finding."""

from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from compliance.breaching.handling import note, weigh
from compliance.breaching.kinds import LOOKING
from compliance.breaching.register import report_breach
from compliance.disclosure.watch import on_confirmed
from compliance.models import BreachCase, BreachSeverity, BreachSource, DisclosureAlert

SEVERITY = {1: BreachSeverity.SERIOUS, 2: BreachSeverity.SERIOUS, 3: BreachSeverity.CRITICAL}
"""By how far the limit was passed: looking that was found improper is never a trifle."""
MOST_NAMED = 10


@on_confirmed
def follow_alert(alert: DisclosureAlert, *, actor: User, now: datetime) -> None:
    """One matter for the same events, however many alerts they raised and however often one of them is confirmed (it waits
    anew when more of it is found): a later one adds to the matter that is there, and makes it graver where it is."""
    _take_turn(alert)
    said = _("%(day)s 查询监测“%(kind)s”，数量 %(count)s。核查：%(note)s") % {
        "day": alert.day.isoformat(),
        "kind": alert.get_kind_display(),
        "count": alert.count,
        "note": alert.note,
    }
    matter = _matter_of(alert)
    if matter is None:
        matter = report_breach(
            kind=LOOKING,
            severity=SEVERITY[alert.severity],
            what=said,
            actor=actor,
            now=now,
            user=alert.user,
            evidence=_named(alert),
            source=BreachSource.WATCH,
        )
    else:
        note(row=matter, words=said, actor=actor, now=now)
        if matter.is_standing and SEVERITY[alert.severity] > matter.severity:
            weigh(row=matter, severity=SEVERITY[alert.severity], reason=said, actor=actor, now=now)
    alert.breach_case = matter
    alert.save(update_fields=["breach_case"])


def _take_turn(alert: DisclosureAlert) -> None:
    """Of two alerts about one person's day that are confirmed at once, the second sees the matter of the first."""
    key = f"breach_of_alert:{alert.user_id}:{alert.day.isoformat()}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [key])


def _matter_of(alert: DisclosureAlert) -> BreachCase | None:
    """The matter of this alert, or of another one of that person and day about some of the same events."""
    if alert.breach_case_id is not None:
        return alert.breach_case
    others = DisclosureAlert.objects.filter(user=alert.user_id, day=alert.day, breach_case__isnull=False)
    for other in others.select_related("breach_case").order_by("pk"):
        if set(other.evidence) & set(alert.evidence):
            return other.breach_case
    return None


def _named(alert: DisclosureAlert) -> str:
    """The first of the audit events, as they are numbered there."""
    named = "、".join(f"#{pk}" for pk in alert.evidence[:MOST_NAMED])
    more = _(" 等 %(count)d 条") % {"count": len(alert.evidence)} if len(alert.evidence) > MOST_NAMED else ""
    return _("审计记录 %(events)s") % {"events": f"{named}{more}"}
