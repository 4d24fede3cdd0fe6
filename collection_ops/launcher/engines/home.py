"""Where the engines' programs and data lie.

Normally the data is in `engines/` of the state folder and the programs are the installed wheels. As root the engines
run as another account, which may not be let into the checkout (below /root, or any folder of mode 700). Folders above
ours are never opened for it: data and programs then move to a folder of their own below /var/lib, and `engines` becomes
a link to it. The folder has a random name: a new checkout on an old path must not find an old database whose keys are
gone.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from ..messages import Console, Stop
from .account import Account, can_pass

OUTSIDE = (Path("/var/lib"), Path("/var/tmp"))  # noqa: S108  (a random name is made in it)
PREFIX = "collection-ops-"


def open_home(engines: Path, account: Account | None, console: Console) -> Path:
    """The real folder of the engines' data, made if missing, owned by the account that runs them."""
    if account is None:
        engines.mkdir(exist_ok=True, mode=0o700)
        return engines.resolve()
    if not engines.is_symlink() and not can_pass(account, engines.parent.resolve()):
        _move_outside(engines)
        console.step(
            f"数据库用户 {account.name} 无法进入 {engines.parent}，数据放在 {engines.readlink()}（engines 是链接）",
            f"The account {account.name} may not enter {engines.parent}: the data is in {engines.readlink()} (by a link)",
        )
        for folder in orphans():
            console.step(
                f"{folder} 属于已删除的项目文件夹；不再需要时请自行删除",
                f"{folder} belongs to a checkout that is gone; remove it when you no longer need its data",
            )
    if engines.is_symlink() and not engines.exists():
        raise Stop(
            f"{engines} 指向的数据文件夹 {engines.readlink()} 不见了。"
            "请从备份恢复它；若数据可以丢弃，删除这个链接后重新运行。",
            f"{engines} links to {engines.readlink()}, which is gone. Restore it from your backup; if the data may be "
            "lost, delete the link and run the command again.",
        )
    engines.mkdir(exist_ok=True, mode=0o711)
    home = engines.resolve()
    home.chmod(0o711)
    return home


def own(folder: Path, account: Account | None) -> Path:
    """`folder`, closed to all but the account that runs the engine."""
    folder.mkdir(exist_ok=True, mode=0o700)
    if account is not None and folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    return folder


def orphans() -> list[Path]:
    """Folders outside whose checkout is gone. Named, never removed: the data may still be wanted."""
    found = []
    for marker in [place for base in OUTSIDE for place in base.glob(f"{PREFIX}*/BELONGS-TO")]:
        with contextlib.suppress(OSError):
            link = Path(marker.read_text().strip())
            if not (link.is_symlink() and link.resolve() == marker.parent.resolve()):
                found.append(marker.parent)
    return found


def remove(engines: Path) -> None:
    """Delete the engines' data, wherever it lies. For test runs."""
    home = engines.resolve()
    if engines.is_symlink():
        engines.unlink()
    shutil.rmtree(home, ignore_errors=True)


def _move_outside(engines: Path) -> None:
    for base in OUTSIDE:
        try:
            outside = Path(tempfile.mkdtemp(prefix=PREFIX, dir=base))
        except OSError:
            continue
        break
    else:
        raise Stop(
            "以 root 运行时，数据库用户无法进入项目文件夹，/var/lib 也无法写入。"
            "请把项目移到 /opt 或 /srv，或用普通用户运行。",
            "As root, the database account may not enter the project's folder, and /var/lib cannot be written. Move "
            "the project to /opt or /srv, or run as an ordinary user.",
        )
    outside.chmod(0o711)
    (outside / "BELONGS-TO").write_text(f"{engines}\n")
    if engines.exists():  # the checkout was moved below a closed folder
        for entry in list(engines.iterdir()):
            shutil.move(entry, outside / entry.name)
        engines.rmdir()
    engines.symlink_to(outside)


def site_packages(venv_python: Path) -> Path:
    """Where the wheels of `.venv` are, asked of its own Python."""
    answer = subprocess.run(
        [venv_python, "-c", "import sysconfig; print(sysconfig.get_path('platlib'))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(answer.stdout.strip())


def programs(packages: Path, wheel: str, *, probe: str, home: Path, account: Account | None, console: Console) -> Path:
    """The folder of the wheel's package, at a place where the engines' account can run `probe` from.

    `wheel` is the package's name; beside it may lie `<wheel>.libs` with libraries, which belong to it.
    """
    installed = packages / wheel
    if not (installed / probe).exists():
        raise Stop(
            f"没有找到 {wheel} 的程序文件。请删除 .venv 后重新运行；"
            "这台机器的处理器没有现成的包时，请设置 DATABASE_URL 与 REDIS_URL。",
            f"The programs of {wheel} are not there. Delete .venv and run the command again; where no package exists "
            "for this machine's processor, set DATABASE_URL and REDIS_URL.",
        )
    if account is None or _runs(installed / probe, account):
        return installed
    copy = home / "programs"
    version = _version(packages, wheel)
    if not (copy / f"{wheel}-{version}").exists():
        console.log(f"copying {wheel} {version} to {copy}")
        for name in (wheel, f"{wheel}.libs"):
            shutil.rmtree(copy / name, ignore_errors=True)
            if (packages / name).exists():
                shutil.copytree(packages / name, copy / name, symlinks=True)
        for place in (copy, *copy.rglob("*")):
            if not place.is_symlink():  # installed under a strict umask, the wheel is closed to other accounts
                place.chmod(0o755 if place.is_dir() or place.stat().st_mode & 0o100 else 0o644)
        (copy / f"{wheel}-{version}").touch()
    if not _runs(copy / wheel / probe, account):
        raise Stop(
            f"用户 {account.name} 无法运行 {copy / wheel / probe}（/var/lib 可能禁止执行程序）。请改用普通用户运行。",
            f"The account {account.name} cannot run {copy / wheel / probe} (/var/lib may be mounted noexec). "
            "Run as an ordinary user.",
        )
    return copy / wheel


def _runs(program: Path, account: Account) -> bool:
    try:
        return (
            subprocess.run(
                [program, "--version"],
                user=account.uid,
                group=account.gid,
                extra_groups=[],
                cwd="/",
                capture_output=True,
                check=False,
            ).returncode
            == 0
        )
    except OSError:
        return False


def _version(packages: Path, wheel: str) -> str:
    found = sorted(packages.glob(f"{wheel}-*.dist-info"))
    return found[0].name.removeprefix(f"{wheel}-").removesuffix(".dist-info") if found else sys.version
