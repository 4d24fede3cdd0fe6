"""How a row of a ledger is kept until it is in the register: in columns of ImportRow what is looked up and listed, the rest
as one encrypted text. Needs no database: a process without one can make the lines."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from cases.imports.cleaning.clean import id_key
from cases.imports.judging.result import CleanRow
from cases.imports.staging.staging import RowForm
from collection_ops.core.crypto import blind_indexes, encrypt_all

_COLUMNS = (
    "sheet", "row_number", "state", "contract_no", "debtor_name", "id_no", "id_index", "id_last4", "point_indexes",
    "own_phones", "paid_on", "reference", "channel", "sealed", "difference",
)  # fmt: skip
# What a complaint says nothing about, and the table wants told.
_UNSAID = {
    **dict.fromkeys(("id_type", "product", "region"), ""),
    "contacts": "[]", "paid_down": "f", "balance_up": "f", "rolled": 0,
}  # fmt: skip
SAID_SUBJECT = "complaint_said"


@dataclass(frozen=True)
class Told:
    """What the sealed text of a row holds. `said_index`: a keyed digest of who said what when, by which a row without a
    number is known again. `*_said`: words of the file that mean nothing to us, kept with the complaint."""

    narrative: str
    demand: str
    type: str
    severity: int
    event_on: date | None
    closed_on: date | None
    outcome: str
    outcome_said: str
    result: str
    contracts: tuple[str, ...]
    phones: tuple[str, ...]
    accused: str
    agencies: str
    handler: str
    remark: str
    source_said: str
    type_said: str
    severity_said: str
    said_index: str


_DAYS = ("event_on", "closed_on")
_LISTS = ("contracts", "phones")


def seal(told: dict[str, Any]) -> str:
    return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)


def unseal(text: str) -> Told:
    kept = json.loads(text)
    values: dict[str, Any] = {name: kept.get(name, "") for name in Told.__dataclass_fields__}
    for name in _DAYS:
        values[name] = date.fromisoformat(values[name]) if values[name] else None
    for name in _LISTS:
        values[name] = tuple(values[name] or ())
    return Told(**{**values, "severity": values["severity"] or 1})


def lines(rows: Sequence[CleanRow]) -> Iterator[tuple[Any, ...]]:
    """Rows of a ledger for the columns of FORM. A rejected row is shown and never registered: what people told in it, and
    their numbers, are not kept."""
    data = [row for row in rows if row.state != "skipped"]
    good = [row.state == "accepted" for row in data]
    ids = [(row.values["id_no"] or "") if keep else "" for row, keep in zip(data, good, strict=True)]
    id_indexes = blind_indexes([("id_no", (id_key(number) or "") if number else "") for number in ids])
    said = blind_indexes(
        [(SAID_SUBJECT, _said(row.values)) if keep else ("", "") for row, keep in zip(data, good, strict=True)]
    )
    phones = [(row.values["phone"] or []) if keep else [] for row, keep in zip(data, good, strict=True)]
    indexes = iter(blind_indexes([("phone", number) for some in phones for number in some]))
    sealed = encrypt_all(
        [seal(_told(row.values, index)) if keep else "" for row, keep, index in zip(data, good, said, strict=True)]
    )
    sealed_ids = encrypt_all(ids)
    for row, id_no, sealed_id, id_index, some, text in zip(
        data, ids, sealed_ids, id_indexes, phones, sealed, strict=True
    ):
        values = row.values
        yield (
            row.sheet[:64],
            row.row,
            row.state,
            (values["contract_no"] or [""])[0],
            values["debtor_name"] or "",
            sealed_id,
            id_index,
            id_no[-4:],
            f"{{{','.join(next(indexes) for _number in some)}}}",
            len(some),
            values["received_on"],
            values["source_ref"] or "",
            values["complaint_source"],
            text or None,
            "",
            *_UNSAID.values(),
        )


FORM = RowForm((*_COLUMNS, *_UNSAID), lines)


def _told(values: dict[str, Any], said_index: str) -> dict[str, Any]:
    return {
        **{
            name: values[name]
            for name in ("narrative", "demand", "outcome", "result", "accused", "agencies", "handler")
        },
        **{name: values[name] for name in ("remark", "outcome_said", "source_said", "type_said", "severity_said")},
        **{name: values[name].isoformat() if values[name] else "" for name in _DAYS},
        "type": values["complaint_type"],
        "severity": values["complaint_severity"],
        "contracts": values["contract_no"],
        "phones": values["phone"],
        "said_index": said_index,
    }


def _said(values: dict[str, Any]) -> str:
    """Who, when, where and what, whatever the spaces: «客户反映催收频繁» alone is said by many on one day."""
    who = [values["debtor_name"], values["id_no"], *(values["contract_no"] or ()), *(values["phone"] or ())]
    parts = [values["complaint_source"], values["received_on"], *who, re.sub(r"\s", "", values["narrative"] or "")]
    return "\x1f".join(map(str, parts))
