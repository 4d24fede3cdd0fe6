"""Every sentence has its English, and the compiled catalogue is the one that was written.

Runs without gettext's tools: strings are collected with Django's own template reader and Babel's extractor.
"""

import io
import re
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
APPS = ("agents", "cases", "collection_ops", "compliance", "reports", "vendors")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}|(?<!%)%([sd])")


@pytest.fixture(scope="module")
def catalogue():
    with CATALOGUE.open("rb") as file:
        return pofile.read_po(file, locale="en")


def strings_in(source: str) -> set[tuple[str, str, bool]]:
    """Context, first message and whether it is told by number, of every translation call: one without the other finds
    nothing."""
    found = set()
    for _line, function, messages, _comments in extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {}):
        texts = messages if isinstance(messages, tuple) else (messages,)
        context = texts[0] if function.startswith(("pgettext", "npgettext")) else ""
        texts = texts[1:] if context else texts
        # Sentences are written in Chinese; `gettext(line["label"])` is a look-up, not a sentence.
        if texts and isinstance(texts[0], str) and CHINESE.search(texts[0]):
            found.add((context, texts[0], function.startswith(("ngettext", "npgettext"))))
    return found


def test_every_sentence_in_code_and_templates_has_its_english(catalogue):
    known = {
        (m.context or "", m.id if isinstance(m.id, str) else m.id[0], not isinstance(m.id, str))
        for m in catalogue
        if m.id and m.string and not m.fuzzy
    }
    missing = {}
    for folder in APPS:
        for path in (ROOT / folder).rglob("*.py"):
            if "migrations" not in path.parts:
                missing |= dict.fromkeys(strings_in(path.read_text(encoding="utf-8")) - known, path.name)
    for path in (ROOT / "templates").rglob("*.html"):
        # The reader keeps the template's indentation, which means nothing there and much to Python's tokenizer.
        source = re.sub(r"(?m)^[ \t]+", "", templatize(path.read_text(encoding="utf-8")))
        missing |= dict.fromkeys(strings_in(source) - known, path.name)
    assert not missing


def test_a_translation_keeps_the_placeholders_of_its_sentence(catalogue):
    for message in catalogue:
        if not message.id or not message.string:
            continue
        ids = (message.id,) if isinstance(message.id, str) else message.id
        texts = (message.string,) if isinstance(message.string, str) else message.string
        wanted = sorted(PLACEHOLDER.findall(ids[0]))
        assert all(sorted(PLACEHOLDER.findall(text)) == wanted for text in texts), message.id


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue)
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run: pybabel compile -d locale -D django"
