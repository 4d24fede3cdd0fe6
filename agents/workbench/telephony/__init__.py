"""The telephone line (CTI): what a dialler has to be able to do, and which one is in use.

    TELEPHONY_LINE=agents.workbench.telephony.simulator.SimulatedLine

A line is a class without arguments that keeps the two functions of `Line`. Which one is in use says the setting; without
one people dial by hand, from the number that they open with a reason.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class LineDown(Exception):
    """The telephone system did not take the call; nothing rang anywhere."""


@dataclass(frozen=True)
class News:
    """What the line knows of a call by now; empty: not yet, or never. `recording_hash`: SHA-256, hexadecimal. `transcript`:
    what was said, where the line writes it down, and `engine` who did."""

    connected_at: datetime | None = None
    ended_at: datetime | None = None
    recording_ref: str = ""
    recording_hash: str = ""
    transcript: str = ""
    engine: str = ""


class Line(Protocol):
    """`name`: what people call it."""

    name: Any

    def dial(self, *, attempt_id: int, number: str, extension: str, now: datetime) -> str:
        """Connect `extension` (the person's user name) with `number`; the call's own name, 64 characters at the most, the
        same for the same attempt. Raises LineDown."""
        ...

    def news(self, *, call_ref: str, now: datetime) -> News:
        """What is known of the call. Asked often, changes nothing. Raises LineDown."""
        ...


def line() -> Line | None:
    """The one in use, or None."""
    if not settings.TELEPHONY_LINE:
        return None
    made: Line = import_string(settings.TELEPHONY_LINE)()
    return made
