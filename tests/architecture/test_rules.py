"""House rules that a small script can hold: layers, and the dangers listed in reference/reliability section 8.7."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("collection_ops", "cases", "compliance", "agents", "vendors", "reports")
SOURCES = sorted(
    path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts and path.is_file()
)
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLES_AND_SCRIPTS = sorted([*(ROOT / "static").rglob("*.css"), *(ROOT / "static").rglob("*.js")])

# Pattern → why, and where it may stand.
FORBIDDEN_IN_CODE: dict[str, tuple[str, tuple[str, ...]]] = {
    r"\.delay\(|\.apply_async\(": ("messages are rung by the job service only", ("core/services/jobs.py",)),
    r"fields = \"__all__\"": ("a new field would be shown without anybody deciding so", ()),
    r"mark_safe\(|autoescape off": ("escape, or use format_html", ()),
    r"\.raw\(|\.extra\(": ("no raw querysets", ()),
    r"csrf_exempt": ("every form has its token", ()),
    r"FloatField": ("money and rates are Decimal", ()),
    r"datetime\.now\(|date\.today\(|utcnow\(": ("the clock is read at the door (core/clock.py)", ()),
    # The importer's child process sends plain cells; its parent unpickles nothing else (a restricted Unpickler). A fork of
    # our own process sends back what it made of them.
    r"\bpickle\b|yaml\.load\(": (
        "never read code from data",
        ("cases/imports/reading/read.py", "cases/imports/reading/read_child.py", "cases/imports/judging/forks.py"),
    ),
    # The launcher talks to a terminal before Django is there; the health check answers a container's supervisor.
    r"\bprint\(": (
        "log, or write to the command's stdout",
        ("healthcheck.py", "launcher/checks.py", "launcher/site.py", "launcher/engines/home.py"),
    ),
}


@pytest.mark.parametrize("pattern", FORBIDDEN_IN_CODE)
def test_no_dangerous_call(pattern):
    why, allowed = FORBIDDEN_IN_CODE[pattern]
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in SOURCES
        if not str(path).endswith(allowed or ("/nowhere",))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line.split("#")[0])
    ]
    assert not found, f"{why}: {found}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_template_keeps_the_content_policy(path):
    """No inline style, script or handler; no other host; nothing that htmx would evaluate."""
    text = path.read_text(encoding="utf-8")
    tags = re.findall(r"<[a-zA-Z][^>]*>", text)
    assert not [t for t in tags if re.search(r"\sstyle=|\son[a-z]+=|\shx-on|javascript:", t)]
    assert "<style" not in text
    assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/json)[^>]*>", text)
    assert not re.search(r"(src|href|action|hx-get|hx-post)=[\"']?(https?:)?//", text)
    assert not re.search(r"hx-(trigger|vals|headers)=\"[^\"]*(\[|js:)", text)
    assert not re.search(r"\|safe\b", text)


@pytest.mark.parametrize("path", STYLES_AND_SCRIPTS, ids=lambda p: str(p.relative_to(ROOT)))
def test_styles_and_scripts_name_no_other_host(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(url\(|import |fetch\()[\"']?(https?:)?//", text)
    assert "innerHTML" not in text and "eval(" not in text


def test_every_form_that_posts_carries_its_csrf_token():
    without = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        for form in re.findall(
            r"<form[^>]*method=[\"']post[\"'].*?</form>", path.read_text(encoding="utf-8"), re.S | re.I
        )
        if "csrf_token" not in form
    ]
    assert not without


def test_there_is_no_room_for_everything():
    assert not [p for p in SOURCES if p.name in ("utils.py", "helpers.py", "misc.py", "common.py")]
