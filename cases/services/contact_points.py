"""The life of a number or address: learned, found valid, found dead, and a third person's refusal, which is for good."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from cases.contact_values import FROM_FILE, FROM_THE_DEBTOR, ORIGINS, index_of, masked
from cases.imports.cleaning.characters import tidied
from cases.imports.cleaning.clean_persons import clean_phone
from cases.models import ContactPoint, Debtor
from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit

Kind, Status = ContactPoint.Kind, ContactPoint.Status
CHECK_DAYS = 30
"""A number is looked at again after so many days (the monthly check)."""
MARKED, ADDED = "contact_point.marked", "contact_point.added"


class ContactPointRefused(Exception):
    """The entry cannot be right or is not allowed; the sentence says why, `field` of which entry (or nothing)."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


def mark_valid(*, point: ContactPoint, actor: User | None, now: datetime, reason: str = "") -> ContactPoint:
    """It reaches whom it should. Raises ContactPointRefused for a third person who refused."""
    return _mark(point, Status.VALID, actor=actor, now=now, reason=reason)


def mark_dead(*, point: ContactPoint, actor: User | None, now: datetime, reason: str = "") -> ContactPoint:
    """It reaches nobody any more, or somebody else. When all the debtor's own numbers are dead, the gate lets third persons
    be asked (CN-P-05). Raises ContactPointRefused for a third person who refused."""
    return _mark(point, Status.DEAD, actor=actor, now=now, reason=reason)


def mark_refused(*, point: ContactPoint, actor: User | None, now: datetime, reason: str = "") -> ContactPoint:
    """The third person does not want to be contacted: final for all their numbers here, and wherever the same number stands
    as a third person's (CN-P-04). A second time changes nothing.

    Raises ContactPointRefused for the debtor's own number: what the debtor refuses is a hold.
    """
    if not point.relation:
        raise ContactPointRefused(_("这是本人的号码；本人要求停止联系的，请登记停催"))
    with transaction.atomic():
        of_person = ContactPoint.objects.select_for_update(of=("self",)).filter(
            debtor_id=point.debtor_id, relation=point.relation, holder_name=point.holder_name
        )
        for row in of_person.exclude(status=Status.REFUSED).order_by("pk"):
            before, row.status, row.refused_at = row.status, Status.REFUSED, now
            row.verified_on = clock.business_date(now)
            row.save(update_fields=["status", "refused_at", "verified_on"])
            _told(row, before, actor=actor, reason=reason)
    point.refresh_from_db(fields=["status", "refused_at", "verified_on"])
    return point


def add_point(
    *,
    debtor: Debtor,
    kind: str,
    value: str,
    origin: str,
    relation: str = "",
    holder_name: str = "",
    actor: User | None,
    now: datetime,
) -> ContactPoint:
    """Keep a number or address that was learned, of the debtor or (with `relation`) of a third person.

    Raises ContactPointRefused: not one usable value, no lawful source, a third person's that the debtor did not name, one
    that is there already, one whose holder refused.
    """
    if origin not in ORIGINS or origin == FROM_FILE:
        raise ContactPointRefused(_("请选择合法的来源；来源不明的号码不能使用"), "origin")
    relation, holder_name = tidied(relation)[:32], tidied(holder_name)[:64]
    if relation and origin not in FROM_THE_DEBTOR:
        raise ContactPointRefused(_("第三人的联系方式须由本人提供"), "origin")
    text = _cleaned(kind, value)
    index = index_of(kind, text)
    if relation and refused_anywhere(kind, index):
        raise ContactPointRefused(_("该号码的机主已明确拒绝联系，不能再添加"), "value")
    try:
        with transaction.atomic():
            point = ContactPoint.objects.create(
                debtor=debtor,
                kind=kind,
                value=text,
                value_index=index,
                masked=masked(kind, text),
                relation=relation,
                holder_name=holder_name,
                status=Status.UNVERIFIED,
                origin=origin,
                created_at=now,
            )
            audit.record(
                action=ADDED,
                actor=actor,
                obj=debtor,
                data={
                    "point": point.pk,
                    "kind": kind,
                    "masked": point.masked,
                    "origin": origin,
                    "third": bool(relation),
                },
            )
    except IntegrityError as known:
        raise ContactPointRefused(_("这个联系方式已经在案"), "value") from known
    return point


def refused_anywhere(kind: str, value_index: str) -> bool:
    """Whether somebody refused at this number, as a third person of whichever debtor."""
    found = ContactPoint.objects.filter(value_index=value_index, kind=kind, status=Status.REFUSED).exclude(relation="")
    return bool(value_index) and found.exists()


def _mark(
    point: ContactPoint, status: ContactPoint.Status, *, actor: User | None, now: datetime, reason: str
) -> ContactPoint:
    with transaction.atomic():
        locked = ContactPoint.objects.select_for_update(of=("self",)).get(pk=point.pk)
        if locked.relation and locked.status == Status.REFUSED:
            raise ContactPointRefused(_("该联系人已拒绝联系，这个决定不能撤回"))
        before, locked.status, locked.verified_on = locked.status, status, clock.business_date(now)
        locked.save(update_fields=["status", "verified_on"])
        _told(locked, before, actor=actor, reason=reason)
    return locked


def _told(point: ContactPoint, before: str, *, actor: User | None, reason: str) -> None:
    audit.record(
        action=MARKED,
        actor=actor,
        obj=point.debtor,
        data={"point": point.pk, "masked": point.masked, "from": before, "to": str(point.status)},
        reason=reason,
    )


def _cleaned(kind: str, value: str) -> str:
    """The value as it is kept. Raises ContactPointRefused for one that cannot be used."""
    if kind not in Kind.values:
        raise ContactPointRefused(_("请选择联系方式的类型"), "kind")
    if kind == Kind.PHONE:
        numbers = clean_phone(value).value or []
        if len(numbers) != 1:
            raise ContactPointRefused(_("请填写一个可以拨打的号码，例如 13800001234 或 021-55556666"), "value")
        return str(numbers[0])
    text = tidied(value)[:200]
    if len(text) < 2 or (kind == Kind.EMAIL and not _looks_like_mail(text)):
        raise ContactPointRefused(_("请填写完整的内容"), "value")
    return text


def _looks_like_mail(text: str) -> bool:
    name, at, domain = text.partition("@")
    return bool(name and at and "." in domain and " " not in text)
