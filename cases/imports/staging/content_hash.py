"""A keyed digest of what a file says, to know the same rows again however the file was named, saved or sorted.

Every row with data is hashed by itself and the hashes are added up (modulo 2^128), so that neither the order of the rows
counts nor the order of the columns; cells count as they were cleaned, so that 2026/3/5 as text is the date it means. Keyed,
because rows hold numbers of persons, and such a digest could be tried out.
"""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

from cases.imports.judging.result import CleanRow

BYTES = 16
_BETWEEN = "\x1f"
_MODULUS = 1 << (8 * BYTES)


def content_of(rows: Sequence[CleanRow], *, key: bytes) -> int:
    """The sum for some rows; skipped ones hold no data."""
    total = 0
    for row in rows:
        if row.state != "skipped":
            says = _BETWEEN.join([row.state, *map(str, row.values.values())]).encode()
            total += int.from_bytes(blake2b(says, key=key, digest_size=BYTES).digest(), "big")
    return total % _MODULUS


def content_hash(parts: Iterable[int]) -> str:
    """The parts of a file as one: 32 hex characters."""
    return f"{sum(parts) % _MODULUS:0{2 * BYTES}x}"
