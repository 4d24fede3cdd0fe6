"""Why a run cannot take its next step: expected, told to the person, never a fault of ours.

The sentences are in `run_messages`.
"""

from typing import Any

from cases.imports.words.problems import Refusal


class RunRefused(Refusal):
    """A step of a run that must not be taken."""

    def to_json(self) -> dict[str, Any]:
        """As kept in `ImportRun.refusal`; the sentence is made when somebody reads it."""
        return {"code": self.code, "params": self.params}
