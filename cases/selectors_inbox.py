"""Reads of the inbox and of the layouts: how the sources stand this morning, which files came, what headings mean."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from cases.imports.kinds import KINDS, loose_kinds
from cases.imports.layout.understanding import SHEET_KEY
from cases.imports.words.fields import label_of
from cases.models import Case, ImportRun, Layout, RunKind, RunState, Source
from cases.positions import NEWEST_FIRST

OPEN_STATES = (
    RunState.UPLOADED, RunState.READING, RunState.ASKING, RunState.PREVIEW, RunState.SUBMITTED, RunState.APPLYING,
)  # fmt: skip


@dataclass(frozen=True)
class SourceHealth:
    """How one source stands this morning."""

    source: Source
    last: ImportRun | None
    open_runs: int
    absences: int
    arrived_today: bool
    is_late: bool


def source_health(*, now: datetime, today: date) -> list[SourceHealth]:
    """Active sources in the order of their codes. Four queries whatever their number."""
    sources = list(Source.objects.filter(is_active=True).order_by("code"))
    newest = (
        ImportRun.objects.filter(state=RunState.APPLIED, kind=RunKind.OVERDUE)
        .order_by(*NEWEST_FIRST)
        .distinct("source_id")
        .select_related("applied_by")
    )
    last = {run.source_id: run for run in newest}
    open_runs = {
        line["source_id"]: (line["open_runs"], line["newest"])
        for line in ImportRun.objects.filter(state__in=OPEN_STATES)
        .values("source_id")
        .annotate(open_runs=Count("pk"), newest=Max("as_of", filter=~Q(kind__in=loose_kinds())))
    }
    absences = dict(
        Case.objects.absent()
        .values_list("loan__source")
        .annotate(number=Count("pk"))
        .values_list("loan__source", "number")
    )
    clock_time = timezone.localtime(now).time()
    lines = []
    for source in sources:
        run = last.get(source.pk)
        waiting, newest_waiting = open_runs.get(source.pk, (0, None))
        arrived = (run is not None and run.as_of >= today) or (newest_waiting is not None and newest_waiting >= today)
        lines.append(
            SourceHealth(
                source=source,
                last=run,
                open_runs=waiting,
                absences=absences.get(source.pk, 0),
                arrived_today=arrived,
                is_late=not arrived and source.expected_by is not None and clock_time > source.expected_by,
            )
        )
    return lines


def runs_listed(*, source: str = "", state: str = "") -> QuerySet[ImportRun]:
    """Runs for the inbox; unknown filter values show everything rather than an error."""
    runs = ImportRun.objects.select_related("source", "uploaded_by", "applied_by", "job").defer(
        "understanding", "questions", "answers", "stages_before", "stages_after", "control_totals"
    )
    if source:
        runs = runs.filter(source__code=source)
    if state == "open":
        runs = runs.filter(state__in=OPEN_STATES)
    elif state in RunState.values:
        runs = runs.filter(state=state)
    return runs


def layouts_listed(*, source: str = "") -> QuerySet[Layout]:
    """Newest first, with how many runs used each."""
    layouts = Layout.objects.select_related("source", "created_by").annotate(used=Count("runs"))
    return layouts.filter(source__code=source) if source else layouts


def note_meanings(layouts: list[Layout]) -> None:
    """Gives every layout its headings with what they mean, read columns first, and the kind of file it describes."""
    names = dict.fromkeys(name for kind in KINDS.values() for name in kind.catalogue.fields)
    order = {name: place for place, name in enumerate(names)}
    for layout in layouts:
        known = {
            kind.name: sum(map(kind.catalogue.fields.__contains__, layout.mapping.values())) for kind in KINDS.values()
        }
        layout.kind_label = max(known, key=lambda kind: known[kind]).label  # type: ignore[attr-defined]
        # In the order of our fields: a layout is kept in jsonb, which forgets the order of the columns.
        read = [(order[name], heading, name) for heading, name in layout.mapping.items() if name in order]
        layout.read = [(heading, label_of(name)) for _place, heading, name in sorted(read)]  # type: ignore[attr-defined]
        layout.unread = [  # type: ignore[attr-defined]
            h for h, name in layout.mapping.items() if name not in order and h != SHEET_KEY
        ]
