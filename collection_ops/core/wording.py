"""Putting parts together as the reader's language does: «甲、乙；丙» or «A, B; C»."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext


def listed(parts: Iterable[Any]) -> str:
    """Words, numbers or names in a row."""
    return gettext("、").join(str(part) for part in parts)


def sentences(parts: Iterable[Any]) -> str:
    """Whole sentences in one line."""
    return gettext("；").join(str(part) for part in parts)
