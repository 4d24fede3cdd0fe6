"""What a run saw, as bytes: the same inputs give the same bytes, and the bytes give the inputs back."""

import datetime as dt
import hashlib
import json
import zlib
from dataclasses import asdict
from typing import Any

from agents.assignment.facts import COLUMNS, DeskFacts, Forbidden, Inputs

FAST = 1
"""Level of compression: the higher ones take seconds for a tenth less."""


def freeze(inputs: Inputs) -> tuple[bytes, str]:
    """Compressed bytes, and the SHA-256 (hex) of what they hold."""
    head = {
        "day": inputs.day.isoformat(),
        "seed": inputs.seed,
        "rules": inputs.rules,
        "unit": inputs.unit,
        "lines": inputs.lines,
        "values": inputs.values,
        "rates": inputs.rates,
        "columns": COLUMNS,
        "desks": [asdict(desk) for desk in sorted(inputs.desks, key=lambda desk: desk.id)],
        "forbidden": sorted([one.debtor, one.desk, one.code] for one in inputs.forbidden),
        "places": sorted([number, *texts] for number, texts in inputs.places.items()),
        "cases": len(inputs.cases),
    }
    cases = inputs.cases[inputs.cases[:, 0].argsort(kind="stable")] if len(inputs.cases) else inputs.cases
    data = json.dumps(head, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    # Column by column in little-endian: neighbours are alike, so it packs well; the machine's own order of bytes is not
    # in it.
    data += b"\n" + cases.T.astype("<i8").tobytes()
    return zlib.compress(data, FAST), hashlib.sha256(data).hexdigest()


def thaw(frozen: bytes) -> Inputs:
    """Raises ValueError when the bytes are not those of `freeze`."""
    import numpy as np

    try:
        head_bytes, table = zlib.decompress(frozen).split(b"\n", 1)
        head: dict[str, Any] = json.loads(head_bytes)
        cases = np.frombuffer(table, dtype="<i8").reshape(len(COLUMNS), head["cases"]).T.astype(np.int64)
        desks = [DeskFacts(**{**desk, **_tuples(desk)}) for desk in head["desks"]]
    except (zlib.error, KeyError, TypeError) as wrong:
        raise ValueError(f"not the inputs of a run: {wrong}") from wrong
    return Inputs(
        day=dt.date.fromisoformat(head["day"]),
        seed=head["seed"],
        rules=head["rules"],
        unit=head["unit"],
        lines=head["lines"],
        values=head["values"],
        rates=head["rates"],
        desks=desks,
        forbidden=[Forbidden(*one) for one in head["forbidden"]],
        places={number: (product, region) for number, product, region in head["places"]},
        cases=cases,
    )


def _tuples(desk: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(desk[name]) for name in ("stages", "products", "regions", "languages")}
