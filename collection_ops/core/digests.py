"""Hashes over plain data, by which what was frozen is known again."""

import hashlib
import json
from typing import Any


def digest_of(told: Any) -> str:
    """SHA-256 of a canonical JSON: sorted keys, no blanks, days and amounts as text."""
    text = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
