"""The front-end files that pages use: which ones leave `node_modules`, and under which name they are served.

Nothing is vendored and nothing comes from another host: `package-lock.json` says which versions, this list says which
files. It runs with the standard library alone, since `start.py` and the image build call it before Django is there:

    python collection_ops/assets.py node_modules var/assets

A page asks for a file as `{% static "vendor/tabler.min.css" %}`.
"""

import re
import shutil
import sys
from pathlib import Path

# Path inside node_modules -> path below ASSETS_DIR.
FILES = {
    "@tabler/core/dist/css/tabler.min.css": "vendor/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js": "vendor/tabler.min.js",
    # The whole ECharts: heat maps and Sankey diagrams are not in its smaller builds. Only pages with charts load it.
    "echarts/dist/echarts.min.js": "vendor/echarts.min.js",
}
# Tabler's own licence (MIT) stands at the head of its two files.
LICENCES = {
    "@popperjs/core/LICENSE.md": "vendor/licences/popperjs.md",
    "echarts/LICENSE": "vendor/licences/echarts.txt",
    "echarts/NOTICE": "vendor/licences/echarts-notice.txt",
    "echarts/licenses/LICENSE-d3": "vendor/licences/echarts-d3.txt",
    "zrender/LICENSE": "vendor/licences/zrender.txt",
    "tslib/LICENSE.txt": "vendor/licences/tslib.txt",
}

# A browser with its tools open asks for the map, which is not there; the manifest storage stops on it.
SOURCE_MAP = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=[^\n]*?(?:\*/)?\s*$")


def copy_assets(node_modules: Path, target: Path) -> list[Path]:
    """Put the listed files below `target` and return them. `target` is replaced in one step, never half filled.

    Raises FileNotFoundError naming the first listed file that the packages do not have.
    """
    fresh = target.with_name(target.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    copied = []
    for inside, name in {**FILES, **LICENCES}.items():
        content = (node_modules / inside).read_bytes()
        place = fresh / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(SOURCE_MAP.sub(b"\n", content) if inside in FILES else content)
        copied.append(target / name)
    shutil.rmtree(target, ignore_errors=True)
    fresh.replace(target)
    return copied


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("usage: python collection_ops/assets.py NODE_MODULES TARGET")
    copy_assets(Path(sys.argv[1]), Path(sys.argv[2]))
