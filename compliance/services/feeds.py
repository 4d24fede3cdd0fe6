"""What an agency, or a dialler that was cut off, tells of contacts that took place: each once, whatever the rules say."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from cases.querysets import OWN_ORG
from compliance.models import AgencyFeed, ReportedContact
from compliance.services.log import LogRefused, PastContact, check_times, record_past_contacts


@dataclass(frozen=True)
class Reported:
    """One entry with the sender's own `reference`. `sent` is the entry as it came: two with one reference must agree."""

    reference: str
    contact: PastContact
    sent: dict[str, Any]


@dataclass(frozen=True)
class Told:
    """What became of an entry: `recorded`, `repeated` (we had it), or `refused` with a code and a sentence."""

    state: str
    attempt: int | None = None
    code: str = ""
    sentence: str = ""


def report_contacts(
    entries: Sequence[Reported], *, org: str, now: datetime, told_until: datetime | None = None
) -> list[Told]:
    """Write down what is new, in one transaction; an entry that cannot be right is refused by itself. None at all says: up
    to `told_until` there is nothing else (now, if left out: a file tells of days that may be over). Gives what became of
    each, in their order."""
    with transaction.atomic():
        _one_sender_at_a_time(org)
        known = {
            row.reference: row
            for row in ReportedContact.objects.filter(org=org, reference__in=[entry.reference for entry in entries])
        }
        told: list[Told | None] = []
        new: list[tuple[int, Reported, str]] = []
        met: dict[str, str] = {}
        for entry in entries:
            digest = _digest(entry.sent)
            before = known.get(entry.reference)
            if before is not None or entry.reference in met:
                same = digest == (before.digest if before is not None else met[entry.reference])
                told.append(_again(same, before.attempt_id if before is not None else None))
                continue
            met[entry.reference] = digest
            try:
                check_times(entry.contact, now=now)
            except LogRefused as refused:
                told.append(Told("refused", code="times", sentence=str(refused)))
                continue
            new.append((len(told), entry, digest))
            told.append(None)
        if new:
            attempts = record_past_contacts([entry.contact for _n, entry, _d in new], actor=None, now=now, org=org)
            ReportedContact.objects.bulk_create(
                ReportedContact(org=org, reference=entry.reference, digest=digest, attempt=attempt)
                for attempt, (_n, entry, digest) in zip(attempts, new, strict=True)
            )
            for attempt, (n, _entry, _d) in zip(attempts, new, strict=True):
                told[n] = Told("recorded", attempt.pk)
        if org != OWN_ORG:
            _heard(org, min(told_until or now, now))
    return [one for one in told if one is not None]


def _heard(org: str, until: datetime) -> None:
    """A file about earlier days takes nothing back of what was heard since. The sender's turn is held."""
    feed, is_new = AgencyFeed.objects.get_or_create(org=org, defaults={"received_at": until})
    if not is_new and feed.received_at < until:
        AgencyFeed.objects.filter(org=org).update(received_at=until)


def _one_sender_at_a_time(org: str) -> None:
    """Two who send one reference at the same moment: the second finds the first's. Held before any debtor is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"compliance.feed:{org}"])


def _again(same: bool, attempt: int | None) -> Told:
    if same:
        return Told("repeated", attempt)
    return Told("refused", attempt, "reference_reused", _("这个参考号已用于内容不同的记录"))


def _digest(sent: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(sent, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
