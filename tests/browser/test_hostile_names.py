"""Names and products that are scripts stay letters on every page that shows them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cases.imports.run import import_file
from cases.models import Case
from cases.services.sources import add_source
from collection_ops.core import clock
from collection_ops.core.models import User
from tests.browser.steps import sign_in
from tests.cases.import_files import debt, workbook

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = [
    "张<img src=x onerror=alert(1)>三",
    '"><svg/onload=alert(1)>',
    "{{7*7}}",
    "javascript:alert(1)",
    "</script><script>alert(1)</script>",
]


def test_a_script_in_a_name_is_shown_and_never_run(
    page: Any, supervisor: User, tmp_path: Path, complaints: list[str]
) -> None:
    today = clock.business_date(timezone.now())
    source = add_source(code="card", name="<b>信用卡</b><script>alert(1)</script>", actor=None)
    for day, gone in ((today - timedelta(days=1), 0), (today, 1)):
        rows = [
            debt(n, days=n * 30, as_of=day, 客户姓名=name, 产品名称=f"产品{name}")
            for n, name in enumerate(NAMES, start=1)
        ]
        path = tmp_path / f"逾期<img src=x onerror=alert(1)>{day:%Y%m%d}.xlsx"
        path.write_bytes(workbook(rows[gone:]))
        run = import_file(path=path, source=source, as_of=day, actor=supervisor, now=clock.now(), apply=True)
        assert run.state == "applied"
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    sign_in(page, supervisor)
    page.wait_for_url("**/overview/")

    case = Case.objects.order_by("-pk").first()
    assert case is not None
    record = f"/cases/{case.pk}/"
    for path_ in (
        "/reports/overview/",
        "/cases/?status=all",
        "/cases/?product=%3Cscript%3Ealert(1)%3C/script%3E",
        record,
        f"{record}?tab=money",
        f"{record}?tab=contacts",
        f"{record}positions/{case.last_run_id}/",
        "/absences/",
        "/imports/",
        f"/imports/{case.last_run_id}/",
        f"/imports/{case.last_run_id}/rows/new/",
    ):
        assert page.goto(path_).ok, path_
        page.wait_for_load_state("networkidle")
        assert page.locator("img[src=x], svg[onload]").count() == 0, path_
    page.goto("/cases/?status=all")
    shown = page.locator("#content").inner_text()
    assert all(name in shown for name in NAMES)
    assert dialogs == []
    assert complaints == []
