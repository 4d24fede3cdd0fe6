"""What changes from one scheme to the next, in words. Pure."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from collection_ops.core.wording import listed
from vendors.contracts.reading import plain
from vendors.scorecard.criteria import CRITERION_LABELS, Criterion, Item, Scheme
from vendors.scorecard.scheme_typed import curve_typed


def differences(before: Scheme, after: Scheme) -> Iterator[str]:
    """A sentence for each weight, curve and grade that is another one, in the order of the criteria."""
    old, new = ({item.criterion: item for item in scheme.items} for scheme in (before, after))
    for criterion in Criterion:
        yield from _of_item(CRITERION_LABELS[criterion], old.get(criterion), new.get(criterion))
    for grade, was, now in (
        ("A", before.grade_a, after.grade_a), ("B", before.grade_b, after.grade_b), ("C", before.grade_c, after.grade_c),
    ):  # fmt: skip
        if was != now:
            yield _("%(grade)s 级分数线：%(was)s → %(now)s") % {"grade": grade, "was": plain(was), "now": plain(now)}


def _of_item(label: Any, was: Item | None, now: Item | None) -> Iterator[str]:
    if was is None and now is not None:
        yield _("%(label)s：新增，权重 %(now)s") % {"label": label, "now": plain(now.weight)}
    elif was is not None and now is None:
        yield _("%(label)s：不再考核，原权重 %(was)s") % {"label": label, "was": plain(was.weight)}
    elif was is not None and now is not None:
        if was.weight != now.weight:
            said = {"label": label, "was": plain(was.weight), "now": plain(now.weight)}
            yield _("%(label)s：权重 %(was)s → %(now)s") % said
        if was.curve != now.curve:
            said = {"label": label, "was": _curve(was), "now": _curve(now)}
            yield _("%(label)s：得分曲线 %(was)s → %(now)s") % said


def _curve(item: Item) -> str:
    return listed(curve_typed(item).split("\n"))
