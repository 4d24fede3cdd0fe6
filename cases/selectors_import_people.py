"""What a file says differently about people: old beside new, masked as everywhere."""

from collections.abc import Sequence
from dataclasses import dataclass

from cases.models import ContactPoint, Debtor, ImportChange, ImportRow, ImportRun
from cases.names import shown_name
from collection_ops.core.wording import listed


@dataclass(frozen=True)
class Change:
    """One person's name or phones: in the book before the file, and in the file."""

    old: str
    new: str


def changes_of_people(run: ImportRun, rows: Sequence[ImportRow], *, kind: str, full_names: bool) -> dict[int, Change]:
    """Row id → change, for rows of one page. `kind` is «renamed» or «phone_changed»; nothing for other kinds."""
    if kind == "renamed":
        return _names(run, rows, full=full_names)
    return _phones(run, rows) if kind == "phone_changed" else {}


def _names(run: ImportRun, rows: Sequence[ImportRow], *, full: bool) -> dict[int, Change]:
    ids = [row.debtor_id for row in rows if row.debtor_id]
    names = dict(Debtor.objects.filter(pk__in=ids).values_list("pk", "name"))
    # Once applied the debtor bears the new name; what was overwritten is kept.
    kept = ImportChange.objects.filter(run=run, table=ImportChange.Table.DEBTOR, object_id__in=ids)
    names |= {pk: before["name"] for pk, before in kept.values_list("object_id", "before") if "name" in before}
    return {
        row.pk: Change(shown_name(names.get(row.debtor_id or 0, ""), full=full), shown_name(row.debtor_name, full=full))
        for row in rows
    }


def _phones(run: ImportRun, rows: Sequence[ImportRow]) -> dict[int, Change]:
    known: dict[int, dict[str, str]] = {}
    points = ContactPoint.objects.filter(
        debtor_id__in=[row.debtor_id for row in rows if row.debtor_id], kind=ContactPoint.Kind.PHONE
    ).exclude(created_by_run=run)
    for debtor, relation, index, masked in points.order_by("pk").values_list(
        "debtor_id", "relation", "value_index", "masked"
    ):
        known.setdefault(debtor, {})[index] = masked if relation == "" else ""
    return {row.pk: _phone_change(row, known.get(row.debtor_id or 0, {})) for row in rows}


def _phone_change(row: ImportRow, known: dict[str, str]) -> Change:
    own = list(zip(row.contacts, row.point_indexes or (), strict=True))[: row.own_phones]
    return Change(
        old=listed(masked for masked in known.values() if masked),
        new=listed(point["masked"] for point, index in own if index not in known),
    )
