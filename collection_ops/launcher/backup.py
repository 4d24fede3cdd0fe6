"""Backup and restore of an installation with the embedded database: the dump and the files, never the keys.

A backup with its keys beside it protects nobody; without its keys it cannot be read. They are kept apart on purpose.
"""

import shutil
import time
from pathlib import Path

from . import site
from .engines import Engines
from .engines.postgres import DATABASE, Postgres
from .messages import Console, Stop
from .places import Places

FILES = ("media", "inbox")


def save(places: Places, console: Console, *, folder: Path | None) -> int:
    """`start.py backup [FOLDER]`: works beside the running site; the dump is one consistent moment."""
    site.ready_tools(places, console, assets=False)
    target = (folder or places.backups / folder_name("backup")).absolute()
    if target.exists() and any(target.iterdir()):
        raise Stop(f"{target} 不是空文件夹。请换一个。", f"{target} is not empty. Name another folder.")
    with Engines(places, console) as engines:
        write(places, _embedded(engines), target)
    console.say(
        f"已备份到 {target}。密钥不在其中，请另外妥善保存 {places.keys}：没有它，备份里的个人信息无法解密",
        f"saved to {target}. The keys are not in it: keep {places.keys} somewhere else; without them the personal data in "
        "the backup cannot be read",
    )
    return 0


def restore(places: Places, console: Console, *, folder: Path) -> int:
    """`start.py restore FOLDER`: what is there now is saved first, then replaced."""
    dump = folder / "database.dump"
    if not dump.is_file():
        raise Stop(f"{folder} 里没有 database.dump。", f"There is no database.dump in {folder}.")
    refuse_while_running(places)
    site.ready_tools(places, console, assets=False)
    with Engines(places, console) as engines:
        postgres = _embedded(engines)
        kept = write(places, postgres, places.backups / folder_name("before-restore"))
        console.say(f"现有数据已备份到 {kept}", f"the present data was saved to {kept}")
        postgres.recreate_database()
        postgres.run_tool(
            "pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", "-d", DATABASE, str(dump)
        )
        empty_files(places)
        for name in FILES:
            if (folder / name).is_dir():
                shutil.copytree(folder / name, places.state / name, dirs_exist_ok=True)
    places.create(as_root=False)
    console.say("已恢复。运行: python3 start.py", "restored. To run: python3 start.py")
    return 0


def write(places: Places, postgres: Postgres, target: Path) -> Path:
    """Dump and files into `target`; returns it. Readable by the owner only."""
    target.mkdir(parents=True, exist_ok=True, mode=0o700)
    dump = target / "database.dump"
    dump.touch(mode=0o600)
    postgres.run_tool("pg_dump", "--format=custom", f"--file={dump}", "-d", DATABASE)
    for name in FILES:
        source = places.state / name
        if source.is_dir():
            shutil.copytree(source, target / name, dirs_exist_ok=True)
    return target


def empty_files(places: Places) -> None:
    for name in FILES:
        shutil.rmtree(places.state / name, ignore_errors=True)
        (places.state / name).mkdir(mode=0o700)


def refuse_while_running(places: Places) -> None:
    if site.is_running(places):
        raise Stop(
            "网站正在运行。请先运行 python3 start.py stop。",
            "The site is running. Run python3 start.py stop first.",
        )


def folder_name(kind: str) -> str:
    return f"{kind}-{time.strftime('%Y%m%d-%H%M%S')}"


def _embedded(engines: Engines) -> Postgres:
    database = engines.database
    if database is None:
        raise Stop(
            "数据库由 DATABASE_URL 指定，请用 pg_dump 和 pg_restore 备份与恢复（见 README）。",
            "DATABASE_URL names the database; back it up with pg_dump and restore it with pg_restore (see README).",
        )
    return database
