"""Samples of the dashboards and of the rows behind figures."""

from typing import Any

from tests.access.form import Cast
from tests.cases.builders import desk_of, make_case


def _book(cast: Cast) -> None:
    make_case(desk=desk_of(cast["collector"]))


def _page(cast: Cast) -> dict[str, Any]:
    _book(cast)
    return {}


def _named(name: str) -> Any:
    def build(cast: Cast) -> dict[str, Any]:
        _book(cast)
        return {"name": name}

    return build


ROUTES = {
    "reports:rollers": _page,
    "reports:manager": _page,
    "reports:intake": _page,
    "reports:mine": _page,
    "reports:overview_part": _named("ahead"),
    "reports:overview_table": _named("stages"),
    "reports:manager_table": _named("figures"),
    "reports:intake_table": _named("sources"),
    "reports:mine_table": _named("figures"),
    "reports:rows": _named("stage_distribution"),
    "reports:why": _named("recovery_rate"),
    "reports:why_table": _named("recovery_rate"),
    "reports:rows_export": _named("stage_distribution"),
}
WITHOUT_EFFECT = {"reports:rows_export": "a second copy is a second copy, and the trail knows of both"}
