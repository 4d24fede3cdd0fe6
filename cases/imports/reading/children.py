"""Processes that open strangers' files: where they start and what they may know. Nothing of ours reaches them."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
"""Where ``python -m cases.imports.…`` finds its module."""


def child_environment() -> dict[str, str]:
    """No database address, no key."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"}
