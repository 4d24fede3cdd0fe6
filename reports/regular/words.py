"""A kept paper in the reader's language: sentences, headings, numbers. Everything that shows a paper asks here."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from collection_ops.core.wording import listed

NOTHING = "–"


def said(text: Mapping[str, Any]) -> str:
    """A sentence with its values. A msgid that no catalogue knows any more is said as it was written."""
    msgid = str(text["msgid"])
    values = {name: shown(kind, value) for name, (kind, value) in text.get("values", {}).items()}
    return gettext(msgid) % values if values else gettext(msgid)


def sentences(texts: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(said(text) for text in texts) if gettext("、") == ", " else "".join(said(text) for text in texts)


def word(value: Any) -> str:
    """A msgid, or several in a row."""
    if isinstance(value, list):
        return listed(word(one) for one in value)
    if isinstance(value, Mapping):
        return said(value)
    return gettext(str(value)) if value else ""


def shown(kind: str, value: Any) -> str:
    """A value as text: 1,234.50, 12.5%, 2026-03-05; a dash for nothing."""
    if value is None or value == "":
        return NOTHING
    if kind == "money":
        return f"{Decimal(value):,.2f}"
    if kind == "integer":
        return f"{int(value):,}"
    if kind == "number":
        return f"{Decimal(value):,.2f}"
    if kind == "percent":
        return f"{Decimal(value) * 100:.1f}%"
    if kind == "points":
        points = round(Decimal(value) * 100, 2) + 0  # a nought has no sign
        return f"{points:+.2f} pp" if points else "0.00 pp"
    if kind == "word":
        return word(value)
    if kind == "case":
        return f"#{value}"
    return str(value)


def is_number(kind: str) -> bool:
    return kind in ("money", "integer", "number", "percent", "points")
