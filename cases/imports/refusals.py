"""Why a run cannot take its next step: expected, told to the person, never a fault of ours.

The sentences are in `run_messages`.
"""

from typing import Any

from cases.imports.words.problems import Problem, render


class RunRefused(Exception):
    """A step of a run that must not be taken. `code` is for machines, `message` for the person who asked."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    @property
    def message(self) -> str:
        return render(self.code, self.params)

    def as_problem(self) -> Problem:
        return Problem(sheet="", row=None, column="", value="", code=self.code, severity="error", params=self.params)

    def to_json(self) -> dict[str, Any]:
        """As kept in `ImportRun.refusal`; the sentence is made when somebody reads it."""
        return {"code": self.code, "params": self.params}
