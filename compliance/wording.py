"""The wording of texts, as the app asks for it: `check_wording` (pure, `rules/wording.py`), and its problems in the reader's
language."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from compliance.rule_texts import spoken
from compliance.rules.wording import Audience, WordingProblem, check_wording, codes_of, has_opt_out

__all__ = ["Audience", "WordingProblem", "check_wording", "codes_of", "has_opt_out", "told"]


def told(problems: Iterable[WordingProblem]) -> list[str]:
    """One sentence a problem, with the words that are meant: «不得威胁……（老赖）»."""
    return [
        _("%(sentence)s（%(words)s）") % {"sentence": spoken(problem.message), "words": problem.phrase}
        if problem.phrase
        else spoken(problem.message)
        for problem in problems
    ]
