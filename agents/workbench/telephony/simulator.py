"""A line that rings nowhere, for the demo and for tests. All that it knows stands in the call's own name."""

import hashlib
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from agents.workbench.telephony import LineDown, News

RINGS = timedelta(seconds=6)
ENGINE = "simulated"
SAID = "您好，这里是恒信贷款，本次通话会录音。请问是您本人吗？您的还款日已过，想了解一下您的困难，看看怎样安排还款。"
SAID_BADLY = "您好，这里是恒信贷款，本次通话会录音。你再不还就是老 赖，我们通知您单位，公安机关将上门。"


class SimulatedLine:
    """By the last digit of the number: 0 does not answer, 9 is answered and not recorded, the others are both. A call lasts
    30 seconds and 20 more a digit. What is recorded is written down too; with 8, every fifth time,
    something is said that must not be."""

    name = _("模拟线路")

    def dial(self, *, attempt_id: int, number: str, extension: str, now: datetime) -> str:
        last = number.strip()[-1:]
        if not last.isdigit():
            raise LineDown("not a number")
        return f"sim-{attempt_id}-{int(now.timestamp())}-{last}"

    def news(self, *, call_ref: str, now: datetime) -> News:
        _sim, attempt, began, digit = call_ref.split("-")
        begun, last = datetime.fromtimestamp(int(began), UTC), int(digit)
        if last == 0:
            gave_up = begun + timedelta(seconds=40)
            return News(ended_at=gave_up if now >= gave_up else None)
        connected = begun + RINGS
        ended = connected + timedelta(seconds=30 + 20 * last)
        if now < ended or last == 9:
            return News(connected if now >= connected else None, ended if now >= ended else None)
        reference = f"{call_ref}.wav"
        said = SAID_BADLY if last == 8 and int(attempt) % 5 == 0 else SAID
        return News(connected, ended, reference, hashlib.sha256(reference.encode()).hexdigest(), said, ENGINE)
