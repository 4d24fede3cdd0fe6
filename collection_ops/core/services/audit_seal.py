"""Sealing the audit trail, and finding what was changed behind its back.

Every minute a job takes the rows that have been committed since and gives each a place in a chain without gaps, with the
digest of its content at that place; a seal closes the batch with a digest over the previous seal and the batch. Seals are
copied to a file outside the database. What each part finds:

* a row changed, moved or swapped: its digest at its place differs;
* a row deleted: its place is there, or missing in the count, and the row is not;
* a row slipped in: it has no place, or it is much older than the seal before it;
* places or seals recomputed to fit: the digests of later seals, or the outside copy, differ;
* the tail cut off, with its seals: the outside copy knows a later seal.

What it does not find: a row removed before it was ever sealed (up to a minute), and a forger who rewrites the outside copy
too. Keep that file where the database's administrators cannot write.

Only finished transactions are sealed: in READ COMMITTED a row that this statement sees is committed. A row that commits
late, with a lower number than sealed ones, is sealed by the next run; the chain is in the order of sealing, not of numbers.
"""

import hashlib
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _

from collection_ops.core.models import AuditEvent, AuditSeal, AuditSealEntry

logger = logging.getLogger(__name__)

GENESIS = "0" * 64
ROWS_A_SEAL = 10_000
LOCK = 0x5EA1  # one sealer at a time; any constant that nobody else uses
# No transaction that writes audit rows runs longer; an unsealed or unplaced row older than this was slipped in.
LONGEST_TRANSACTION = timedelta(hours=1)
# The minute run looks no further back than this behind the seals of yesterday; the nightly run looks at everything.
LOOK_BACK = timedelta(hours=24)
MOST_PROBLEMS = 20

FIELDS = (
    "id", "at", "actor_id", "actor_name", "action", "outcome", "object_type", "object_id", "reason", "data", "address",
    "request_id",
)  # fmt: skip


def copy_file() -> Path:
    return Path(settings.AUDIT_SEAL_COPY)


def canonical(values: tuple[Any, ...]) -> str:
    """One event as text that is equal for equal content: JSON with sorted keys, times in UTC to the microsecond."""
    event = dict(zip(FIELDS, values, strict=True))
    event["at"] = event["at"].astimezone(UTC).isoformat(timespec="microseconds")
    return json.dumps(event, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def row_digest(position: int, values: tuple[Any, ...]) -> str:
    return hashlib.sha256(f"{position}|{canonical(values)}".encode()).hexdigest()


def seal_digest(*, number: int, first: int, last: int, previous: str, digests: Iterator[str] | list[str]) -> str:
    chain = hashlib.sha256(f"{number}|{first}|{last}|{previous}".encode())
    for digest in digests:
        chain.update(digest.encode())
    return chain.hexdigest()


# --- Sealing  ---


def seal(*, now: datetime, everything: bool = False) -> int:
    """Seal what has been committed; returns how many rows. A second sealer at the same time does nothing.

    `everything` looks for unsealed rows of any age (nightly); else only behind the seals of a day ago.
    """
    total = 0
    while True:
        sealed = _seal_batch(now=now, everything=everything)
        total += sealed
        if sealed < ROWS_A_SEAL:
            break
    _catch_up_copy()
    return total


def _seal_batch(*, now: datetime, everything: bool) -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return 0
        unsealed = list(_unsealed(above=0 if everything else _floor(now)).order_by("id")[:ROWS_A_SEAL])
        rows = list(AuditEvent.objects.filter(id__in=unsealed).order_by("id").values_list(*FIELDS))
        if not rows:
            return 0
        last_seal = AuditSeal.objects.order_by("-number").first()
        number = last_seal.number + 1 if last_seal else 1
        first = last_seal.last_position + 1 if last_seal else 1
        previous = last_seal.digest if last_seal else GENESIS
        entries = [
            AuditSealEntry(position=position, event_id=values[0], digest=row_digest(position, values))
            for position, values in enumerate(rows, start=first)
        ]
        AuditSealEntry.objects.bulk_create(entries, batch_size=5_000)
        last = first + len(rows) - 1
        AuditSeal.objects.create(
            number=number,
            first_position=first,
            last_position=last,
            previous=previous,
            digest=seal_digest(
                number=number, first=first, last=last, previous=previous, digests=[e.digest for e in entries]
            ),
        )
    return len(rows)


def _unsealed(*, above: int) -> QuerySet[AuditEvent, int]:
    """Numbers, beyond `above`, of the rows without a place.

    As a difference of two sets and not as rows without a partner: where the tables' statistics are behind (many rows written
    in a transaction that is still open while they are taken), the planner joins each row with each entry, which took minutes
    for 50,000 rows. A difference is sorted or hashed whatever the statistics say."""
    placed = AuditSealEntry.objects.filter(event_id__gt=above).values_list("event_id", flat=True)
    return AuditEvent.objects.filter(id__gt=above).values_list("id", flat=True).difference(placed)


def _floor(now: datetime) -> int:
    """Rows up to this number are sealed already, or will be found by the nightly run: keeps the minute run short."""
    settled = AuditSeal.objects.filter(at__lt=now - LOOK_BACK).order_by("-number").first()
    if settled is None:
        return 0
    inside = AuditSealEntry.objects.filter(position__range=(settled.first_position, settled.last_position))
    return int(inside.aggregate(top=Max("event_id"))["top"] or 0)


# --- The copy outside the database  ---


def _catch_up_copy() -> None:
    """Append the seals that the copy lacks. Failing is logged and made good by the next run; sealing never waits for it."""
    try:
        path = copy_file()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        known = _last_copied_number(path)
        seals = AuditSeal.objects.filter(number__gt=known).order_by("number")
        lines = [json.dumps(_line(s), ensure_ascii=False) + "\n" for s in seals]
        if not lines:
            return
        path.touch(mode=0o600)
        with path.open("a+b", buffering=0) as copy:
            # A disk that fills up takes half of a line. What follows it must not be glued to it, or it is lost too.
            text = ("\n" if _ends_in_half_a_line(copy) else "") + "".join(lines)
            rest = text.encode()
            while rest:
                rest = rest[copy.write(rest) :]
            os.fsync(copy.fileno())
    except OSError as error:
        logger.error("seal copy not written", extra={"error": type(error).__name__})


def _ends_in_half_a_line(copy: BinaryIO) -> bool:
    if copy.seek(0, os.SEEK_END) == 0:
        return False
    copy.seek(-1, os.SEEK_END)
    return copy.read(1) != b"\n"


def _line(seal: AuditSeal) -> dict[str, Any]:
    return {
        "number": seal.number,
        "at": seal.at.astimezone(UTC).isoformat(),
        "first": seal.first_position,
        "last": seal.last_position,
        "previous": seal.previous,
        "digest": seal.digest,
    }


def _last_copied_number(path: Path) -> int:
    numbers = [number for number, _digest in read_copy(path)]
    return max(numbers, default=0)


def read_copy(path: Path) -> list[tuple[int, str]]:
    """(number, digest) of every seal in the copy; a line cut short by a crash is passed over and written again."""
    if not path.is_file():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            found.append((int(entry["number"]), str(entry["digest"])))
        except (ValueError, KeyError, TypeError):
            continue
    return found


# --- Verifying  ---


@dataclass(frozen=True)
class Problem:
    """One broken place. `kind` for machines: tampered, missing, inserted, entry_missing, entry_extra, seal_missing,
    seal_broken, rewritten, tail_cut."""

    kind: str
    sentence: str
    event: int | None = None
    position: int | None = None
    seal: int | None = None


@dataclass
class Verdict:
    """What a verification found; `problems` in the order of the chain, the first is the first broken row."""

    rows: int = 0
    seals: int = 0
    unsealed: int = 0
    copied: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        return {"whole": self.is_whole, **asdict(self)}

    def add(self, problem: Problem) -> None:
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)


def verify(*, now: datetime) -> Verdict:
    """Recompute everything from the rows as they are now. Reads in chunks; changes nothing."""
    verdict = Verdict()
    with transaction.atomic():
        if len(connection.savepoint_ids) == 0:  # only possible as the first statement of a transaction of our own
            with connection.cursor() as cursor:
                # One picture of the tables: the sealer may run meanwhile.
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        previous: AuditSeal | None = None
        for current in AuditSeal.objects.order_by("number").iterator():
            _verify_seal(current, previous, verdict)
            previous = current
        last_position = previous.last_position if previous else 0
        for entry in AuditSealEntry.objects.filter(position__gt=last_position).order_by("position")[:MOST_PROBLEMS]:
            verdict.add(
                Problem(
                    "entry_extra",
                    _("第 %(position)s 位不属于任何封印") % {"position": entry.position},
                    event=entry.event_id,
                    position=entry.position,
                )
            )
        _verify_unsealed(now, previous, verdict)
        _verify_copy(verdict)
    return verdict


def _verify_seal(current: AuditSeal, previous: AuditSeal | None, verdict: Verdict) -> None:
    number, first, link = (
        (previous.number + 1, previous.last_position + 1, previous.digest) if previous else (1, 1, GENESIS)
    )
    verdict.seals += 1
    if current.number != number or current.first_position != first:
        verdict.add(
            Problem(
                "seal_missing",
                _("封印 #%(number)s 之前缺少封印：应为 #%(wanted)s") % {"number": current.number, "wanted": number},
                seal=current.number,
            )
        )
    elif current.previous != link:
        verdict.add(
            Problem(
                "seal_broken", _("封印 #%(number)s 与上一封印不衔接") % {"number": current.number}, seal=current.number
            )
        )
    digests: list[str] = []
    wanted = current.first_position
    places = (current.first_position, current.last_position)
    entries = list(
        AuditSealEntry.objects.filter(position__range=places)
        .order_by("position")
        .values_list("position", "digest", "event_id")
    )
    sealed = AuditEvent.objects.filter(id__in=[event_id for _position, _digest, event_id in entries])
    events = {values[0]: values for values in sealed.values_list(*FIELDS)}
    before = len(verdict.problems)
    for position, digest, event_id in entries:
        values = events.get(event_id)
        _verify_gap(wanted, position, current, verdict)
        wanted = position + 1
        verdict.rows += 1
        digests.append(digest)
        if values is None:
            verdict.add(
                Problem(
                    "missing",
                    _("第 %(position)s 位的审计记录 #%(event)s 已被删除") % {"position": position, "event": event_id},
                    event=event_id,
                    position=position,
                    seal=current.number,
                )
            )
        elif row_digest(position, values) != digest:
            verdict.add(
                Problem(
                    "tampered",
                    _("第 %(position)s 位的审计记录 #%(event)s 内容与封存时不同")
                    % {"position": position, "event": event_id},
                    event=event_id,
                    position=position,
                    seal=current.number,
                )
            )
        elif previous is not None and values[1] < previous.at - LONGEST_TRANSACTION:
            verdict.add(
                Problem(
                    "inserted",
                    _("审计记录 #%(event)s 的时间远早于封存它之前的封印，疑为事后插入") % {"event": event_id},
                    event=event_id,
                    position=position,
                    seal=current.number,
                )
            )
    _verify_gap(wanted, current.last_position + 1, current, verdict)
    expected = seal_digest(
        number=current.number,
        first=current.first_position,
        last=current.last_position,
        previous=current.previous,
        digests=digests,
    )
    if expected != current.digest and len(verdict.problems) == before:
        verdict.add(
            Problem(
                "seal_broken",
                _("封印 #%(number)s（第 %(first)s–%(last)s 位）的条目被改写或调换")
                % {"number": current.number, "first": current.first_position, "last": current.last_position},
                position=current.first_position,
                seal=current.number,
            )
        )


def _verify_gap(wanted: int, found: int, current: AuditSeal, verdict: Verdict) -> None:
    if wanted != found:
        verdict.add(
            Problem(
                "entry_missing",
                _("第 %(first)s–%(last)s 位的条目被删除") % {"first": wanted, "last": found - 1},
                position=wanted,
                seal=current.number,
            )
        )


def _verify_unsealed(now: datetime, last: AuditSeal | None, verdict: Verdict) -> None:
    """Rows without a place: new ones wait for the next minute; old ones were slipped in, or the sealer stands still."""
    waiting = _unsealed(above=0)
    verdict.unsealed = waiting.count()
    if last is None:
        return
    limit = min(now, last.at) - LONGEST_TRANSACTION
    late = AuditEvent.objects.filter(id__in=waiting, at__lt=limit).order_by("id")
    for event_id in late.values_list("id", flat=True)[:MOST_PROBLEMS]:
        verdict.add(
            Problem(
                "inserted",
                _("审计记录 #%(event)s 早于最后一次封存却不在链中，疑为事后插入") % {"event": event_id},
                event=event_id,
            )
        )


def _verify_copy(verdict: Verdict) -> None:
    copied = dict(read_copy(copy_file()))
    verdict.copied = len(copied)
    stored = dict(AuditSeal.objects.filter(number__in=copied).values_list("number", "digest"))
    for number in sorted(copied):
        if number not in stored:
            verdict.add(
                Problem(
                    "tail_cut",
                    _("库外副本有封印 #%(number)s，数据库里没有：链尾被截断") % {"number": number},
                    seal=number,
                )
            )
            break
        if stored[number] != copied[number]:
            verdict.add(
                Problem("rewritten", _("封印 #%(number)s 与库外副本不同：链被重写") % {"number": number}, seal=number)
            )
            break
