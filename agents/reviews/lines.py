"""The figures of a week in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from agents.reviews.gaps import Line
from agents.reviews.segments import SEGMENTS, STEPS


def said(line: Line | None) -> str:
    """«M1 触达 40.0 %，低于同类 12.5 个百分点，约少 5 件», or empty."""
    if line is None or line.gap is None or line.rate is None:
        return ""
    return _("%(segment)s %(step)s %(rate).1f%%，低于同类 %(gap).1f 个百分点，约少 %(missed).0f 件") % {
        "segment": SEGMENTS[line.segment],
        "step": STEPS[line.step][0],
        "rate": line.rate,
        "gap": line.gap,
        "missed": line.missed,
    }


def gap_rows(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """One row a segment and step, for the table."""
    rows = []
    for line in lines:
        label, definition = STEPS[line.step]
        tone = ""
        if line.gap is not None:
            tone = "danger" if line.gap >= 10 else "warning" if line.gap > 0 else "success"
        rows.append(
            {
                "segment": SEGMENTS[line.segment], "label": label, "definition": definition, "line": line, "tone": tone,
                "beside": -line.gap if line.gap is not None else None,
                "like": _("同类同龄 %(n)d 人") % {"n": line.peers}
                if line.like
                else _("同阶段 %(n)d 人") % {"n": line.peers},
            }
        )  # fmt: skip
    return rows
