"""The front-end files: exactly the listed ones, without maps, replaced in one step."""

import re
from pathlib import Path

import pytest

from collection_ops import assets


@pytest.fixture
def node_modules(tmp_path):
    for inside in {**assets.FILES, **assets.LICENCES}:
        place = tmp_path / "node_modules" / inside
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"content of {inside}\n//# sourceMappingURL=x.js.map\n")
    (tmp_path / "node_modules" / "echarts" / "dist" / "not-listed.js").write_text("x")
    return tmp_path / "node_modules"


def test_it_copies_the_listed_files_and_their_licences_only(node_modules, tmp_path):
    copied = assets.copy_assets(node_modules, tmp_path / "assets")

    there = {str(path.relative_to(tmp_path / "assets")) for path in (tmp_path / "assets").rglob("*") if path.is_file()}
    assert there == {*assets.FILES.values(), *assets.LICENCES.values()}
    assert len(copied) == len(there)


@pytest.mark.parametrize(
    "end",
    [
        b"\n//# sourceMappingURL=tabler.min.js.map",
        b"\n/*# sourceMappingURL=tabler.min.css.map */",
        b"\n//# sourceMappingURL=a.map\n",
    ],
)
def test_the_pointer_to_a_source_map_is_cut_off(end):
    assert assets.SOURCE_MAP.sub(b"\n", b"a{b:c}" + end) == b"a{b:c}\n"


def test_a_file_that_the_packages_do_not_have_leaves_the_old_ones_in_place(node_modules, tmp_path):
    assets.copy_assets(node_modules, tmp_path / "assets")
    (node_modules / next(iter(assets.FILES))).unlink()

    with pytest.raises(FileNotFoundError):
        assets.copy_assets(node_modules, tmp_path / "assets")

    assert (tmp_path / "assets" / next(iter(assets.FILES.values()))).exists()


def test_every_front_end_file_a_page_asks_for_is_copied():
    root = Path(__file__).resolve().parents[2]
    asked = set()
    for template in (root / "templates").rglob("*.html"):
        asked |= set(re.findall(r"static ['\"](vendor/[^'\"]+)['\"]", template.read_text(encoding="utf-8")))
    assert asked
    assert asked <= set(assets.FILES.values())
