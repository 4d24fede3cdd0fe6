"""What people do in the browser in more than one test, and what a page must keep to."""

from pathlib import Path
from typing import Any

from collection_ops.core.models import User
from tests.conftest import PASSWORD


def sign_in(page: Any, person: User) -> None:
    page.goto("/sign-in/")
    page.fill("input[name=username]", person.username)
    page.fill("input[name=password]", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    # The first page asks for its parts: what is broken off by going elsewhere at once is told as an error on the console.
    page.wait_for_load_state("networkidle")


def upload(page: Any, file: Path, *, source: str = "信用卡核心系统", as_of: str = "") -> None:
    """Bring a file through the inbox; the page of its run follows."""
    page.goto("/imports/")
    page.set_input_files("input[type=file]", file)
    page.select_option("select[name=source]", label=source)
    if as_of:
        page.fill("input[name=as_of]", as_of)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url(lambda url: url.rstrip("/").rpartition("/")[2].isdigit())


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def choose(page: Any, name: str) -> None:
    """A choice of a form that the page may just be putting in the place of an older one: a click on that one is lost."""
    choice = page.get_by_role("radio", name=name)
    for _again in range(10):
        choice.click()
        if choice.is_checked():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{name} cannot be chosen")


def rows_of(page: Any, expected: int) -> list[str]:
    """The texts of the page's table rows, read when `expected` of them stand there: a click answers before its page does."""
    rows = page.locator("tbody tr")
    rows.nth(expected - 1).wait_for()
    texts: list[str] = rows.all_inner_texts()
    assert len(texts) == expected, texts
    return texts


def fits(page: Any, *, widths: tuple[int, ...] = (1440, 390)) -> None:
    """No part of the page reaches beyond the screen; charts follow a change of width a moment later."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        for _look in range(30):
            beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if beyond <= 0:
                break
            page.wait_for_timeout(100)
        assert beyond <= 0, f"{page.url} is {beyond} px too wide at {width} px"
    page.set_viewport_size({"width": 1440, "height": 900})
