"""Finding a person by the exact text of something they told us. Posted, never in an address; logged without the text.

What is asked decides where we look: an ID number in the blind index, a mobile number in the index of contact points, then
the contract number, then the name (exact, then its beginning from two characters on). A number that looks like an ID or a
phone but finds nobody may still be a contract number.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case as When
from django.db.models import IntegerField, Q, Value
from django.db.models import When as Branch
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.imports.cleaning.clean import id_key
from cases.models import Case, ContactPoint, Debtor
from cases.querysets import CaseQuerySet
from cases.selectors import with_relations
from cases.services.quota import tell_of_quota
from collection_ops.core import clock
from collection_ops.core.access import require, scope
from collection_ops.core.crypto import blind_index
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services import audit

ACTION = "search.person"
MOST_RESULTS = 20
LONGEST_TEXT = 64
SHORTEST_PREFIX = 2

_ID = re.compile(r"\d{15}|\d{17}[\dX]")
_MOBILE = re.compile(r"(?:\+?86)?(1\d{10})")


class SearchRefused(Exception):
    """Not searched; the sentence says why."""


@dataclass(frozen=True)
class Found:
    """What was taken for what, and the cases (at most `MOST_RESULTS`). `kind`: id, phone, contract, name, name_prefix."""

    kind: str
    cases: list[Case]
    has_more: bool


def normalised(text: str) -> str:
    """NFKC, without control characters and outer blanks."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()[:LONGEST_TEXT]


def _mine(actor: User) -> CaseQuerySet:
    """Cases that the person may both find and see."""
    found = Case.objects.for_user(actor, "debtors.find")
    if scope(actor, "cases.view") != scope(actor, "debtors.find"):
        found = found.filter(pk__in=Case.objects.for_user(actor).values("pk"))
    return found


def _readings(text: str) -> list[tuple[str, Q]]:
    """(kind, condition) in the order in which they are tried; the first that finds anybody is the answer."""
    compact = re.sub(r"[\s-]", "", text).upper()
    tried: list[tuple[str, Q]] = []
    # The importer indexes the 18-character form of numbers whose check digit is right, and no other.
    if _ID.fullmatch(compact) and (key := id_key(compact)):
        debtors = Debtor.objects.filter(id_index=blind_index("id_no", key))
        tried.append(("id", Q(loan__debtor__in=debtors)))
    if match := _MOBILE.fullmatch(compact):
        points = ContactPoint.objects.filter(value_index=blind_index("phone", match[1]), kind=ContactPoint.Kind.PHONE)
        tried.append(("phone", Q(loan__debtor__in=points.values("debtor"))))
    tried.append(("contract", Q(loan__contract_no__in={text, compact})))
    if not compact.isdecimal():
        tried.append(("name", Q(loan__debtor__name=text)))
        if len(text) >= SHORTEST_PREFIX:
            tried.append(("name_prefix", Q(loan__debtor__name__startswith=text)))
    return tried


def asked_as(text: str) -> str:
    """What somebody most likely meant, found or not: id, phone, contract (it holds a digit), else name."""
    compact = re.sub(r"[\s-]", "", text).upper()
    if _ID.fullmatch(compact):
        return "id"
    if _MOBILE.fullmatch(compact):
        return "phone"
    return "contract" if any(c.isdigit() for c in compact) else "name"


def find_person(*, text: str, actor: User, now: datetime) -> Found:
    """Cases of the person that `text` names, inside the actor's scope. Raises SearchRefused, PermissionDenied.

    Every search leaves an audit row with what was taken for what, how many were found and a keyed digest of the text, so
    that repeated searches for one person can be recognised by who holds the key and read by nobody.
    """
    require(actor, "debtors.find")
    text = normalised(text)
    if not text:
        raise SearchRefused(_("请输入姓名、合同编号、手机号或证件号"))
    with transaction.atomic():
        # Counted under a lock: two searches at once must not both be the last one allowed.
        User.objects.select_for_update().get(pk=actor.pk)
        if (done := _searches_today(actor, now)) >= settings.PERSON_SEARCHES_PER_DAY:
            audit.record(action=ACTION, actor=actor, data={"refusal": "quota", "today": done}, outcome="refused")
            tell_of_quota(kind="quota.searches", actor=actor, count=done, now=now)
            refusal = _("今日查找次数已达 %(count)d 次，明日 00:00 后可继续") % {
                "count": settings.PERSON_SEARCHES_PER_DAY
            }
        else:
            refusal = ""
            found = _look(text, actor)
            audit.record(
                action=ACTION,
                actor=actor,
                data={
                    "kind": found.kind,
                    "asked": asked_as(text),
                    "hits": len(found.cases),
                    "more": found.has_more,
                    "digest": blind_index("search", text),
                },
            )
    if refusal:
        raise SearchRefused(refusal)
    return found


def _look(text: str, actor: User) -> Found:
    open_first = When(Branch(closed_on__isnull=True, then=Value(0)), default=Value(1), output_field=IntegerField())
    kind = "name"
    for kind, condition in _readings(text):
        rows = list(
            with_relations(_mine(actor).filter(condition)).order_by(open_first, "-total", "pk")[: MOST_RESULTS + 1]
        )
        if rows:
            return Found(kind=kind, cases=rows[:MOST_RESULTS], has_more=len(rows) > MOST_RESULTS)
    return Found(kind=_readings(text)[0][0], cases=[], has_more=False)


def _searches_today(actor: User, now: datetime) -> int:
    midnight = datetime.combine(clock.business_date(now), time.min, tzinfo=timezone.get_current_timezone())
    return AuditEvent.objects.filter(
        actor=actor, action=ACTION, outcome="ok", at__gte=midnight, at__lt=midnight + timedelta(days=1)
    ).count()
