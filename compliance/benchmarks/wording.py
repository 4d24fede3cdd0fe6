"""`benchmark wording`: many notes read for forbidden wording, against a plain search for the same list in each.

Nothing of the database: one core, notes as people write them, a few of which hold what is looked for (some written so that a
plain search misses it).
"""

import statistics
import time
from collections.abc import Callable
from random import Random

from collection_ops.core.benchmarks import Asked, Ratio, Result, benchmark
from compliance.rules.wording import CHINESE, lexicon
from compliance.rules.wording_many import scan

TO_FLOOR, NOTES_A_SECOND = 5.0, 20_000
_PARTS = (
    "客户表示本周五发工资后还款", "已核实身份，告知欠款金额与还款方式", "客户在外地出差，约定下午三点回拨",
    "无人接听，稍后再拨", "客户称失业，申请延期", "称会向朋友借钱周转", "已发送还款链接", "客户情绪激动，安抚后同意分期",
    "承诺 3,200.00 元，日期 03-15",
    "本人接听，说明逾期天数及影响", "号码为空号，待核实", "家属接听，请其转告回电",
)  # fmt: skip
_BAD = ("骂他老赖", "你這個老*賴", "告知其父亲欠款情况", "说要到你家堵门")
ONE_IN = 100
OPTIONS = {"notes": 100_000}


@benchmark("wording", "Notes read for forbidden wording, against a plain search for the list", options=OPTIONS)
def measure_wording(asked: Asked) -> Result:
    notes = made_notes(asked.options["notes"], Random(20261129))  # noqa: S311  made up, not secret
    listed = [
        word
        for category in lexicon(CHINESE).categories
        if "note" in category.audiences
        for word in (*category.phrases, *category.anchors)
    ]
    floors, scans, found = [], [], 0
    for number in range(asked.rounds or 3):
        asked.say(f"round {number + 1}: {len(notes):,} notes, {len(listed)} words")
        floors.append(_seconds(lambda: sum(word in note for note in notes for word in listed)))
        begun = time.perf_counter()
        found = sum(1 for _hit in scan(notes, audience="note"))
        scans.append(time.perf_counter() - begun)
    floor, taken = statistics.median(floors), statistics.median(scans)
    result = Result("wording")
    result.measures = {
        "notes": len(notes),
        "words": len(listed),
        "found": found,
        "floor_seconds": round(floor, 3),
        "scan_seconds": round(taken, 3),
    }
    result.ratios = {
        "scan_to_floor": Ratio.at_most(taken / floor, TO_FLOOR),
        "notes_a_second": Ratio.at_least(len(notes) / taken, NOTES_A_SECOND),
    }
    return result


def made_notes(count: int, random: Random) -> list[str]:
    """Notes of two to four sentences, the same for the same chance; about one of `ONE_IN` holds something."""
    notes = []
    for _number in range(count):
        note = "，".join(random.sample(_PARTS, random.randint(2, 4)))
        notes.append(f"{note}。{random.choice(_BAD)}" if random.randrange(ONE_IN) == 0 else note)
    return notes


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
