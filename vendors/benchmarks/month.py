"""A month of all agencies against one statement written by hand that comes to the same sums, in a book of its own."""

from dataclasses import dataclass

from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database


@dataclass(frozen=True)
class Month:
    """`rows` (the option, and what it counts) and `agencies`: how large. `step`: what the module of steps calls ours, `done`
    how its seconds are called; `compared`: the figure in which both must agree. `to_floor`: times the statement by hand,
    `megabytes`: the most that ours may take."""

    name: str
    rows: tuple[str, str]
    agencies: str
    step: str
    done: str
    compared: str
    to_floor: float
    megabytes: int

    def measure(self, asked: Asked) -> Result:
        """Raises BenchmarkFailed where the two differ."""
        option, kind = self.rows
        sizes = {kind: asked.options[option], "agencies": asked.options[self.agencies]}
        steps = f"vendors.benchmarks.{self.name}_step"
        measures: dict[str, float | int] = dict(sizes)
        try:
            with scratch_database() as database:
                asked.say(f"building {sizes[kind]:,} {kind} of {sizes['agencies']:,} agencies")
                measures |= run_module(steps, "prepare", database=database, **sizes)
                asked.say("the sums by hand")
                by_hand = run_module(steps, "by_hand", database=database, rounds=asked.rounds or 3)
                asked.say("ours")
                ours = run_module(steps, self.step, database=database)
        except ScratchRefused as refused:
            raise BenchmarkFailed(str(refused)) from refused
        if by_hand.pop(self.compared) != ours.pop(self.compared):
            raise BenchmarkFailed(f"{self.name}: ours and the sums by hand differ")
        return self.result_of(measures | by_hand | ours)

    def result_of(self, measures: dict[str, float | int]) -> Result:
        """Figures of a run with what they are held against."""
        found = {name: round(value, 4) if isinstance(value, float) else value for name, value in measures.items()}
        to_hand = measures[f"{self.done}_seconds"] / measures["hand_seconds"]
        return Result(
            self.name,
            found,
            {
                f"{self.done}_to_hand": Ratio.at_most(to_hand, self.to_floor),
                "peak_megabytes": Ratio.below(measures["peak_megabytes"], self.megabytes),
            },
        )
