"""One kind of file's own words above the table that all kinds share.

«还款日期» is doubtful above an overdue book and plain above a list of payments; «流水号» is nothing there and the key here.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cases.imports.layout.synonyms import Match, SynonymTable
from cases.imports.words.fields import Catalogue

REPAYMENT_SYNONYMS = Path(__file__).with_name("synonyms_repayments.json")


class LayeredSynonyms(SynonymTable):
    """Asks the kind's own table first, the shared one for what it does not know."""

    def __init__(self, own: SynonymTable, shared: SynonymTable) -> None:
        self._own = own
        self._shared = shared

    def lookup(self, heading: Any, *, group: str = "") -> Match:
        found = self._own.lookup(heading, group=group)
        if found.field or found.candidates:
            return found
        return self._shared.lookup(heading, group=group)


def layered(path: Path, *, catalogue: Catalogue, extra: Iterable[tuple[str, str]]) -> SynonymTable:
    """The table in `path` above the shared one. Pairs of `extra` (heading, field) were learnt and win over both, where
    they are about fields of this catalogue."""
    learnt = [(heading, name) for heading, name in extra if name in catalogue.fields]
    return LayeredSynonyms(SynonymTable.load(path, extra=learnt), SynonymTable.load(extra=learnt))
