"""The command line of `start.py`."""

import argparse
import os
import signal
import subprocess
import sys
import threading
import traceback
from pathlib import Path

from . import backup, checks, site
from .engines import Engines
from .messages import Console, Stop, explain_error
from .places import Places

CHECKOUT = Path(__file__).resolve().parent.parent.parent

DESCRIPTION = """催收运营后台：一条命令启动。Collection back office: one command to run it.

不带子命令时：准备好一切并运行网站，Ctrl-C 停止。
Without a command: get everything ready and run the site; Ctrl-C stops it.
"""


COMMANDS = ("prepare", "stop", "reset-demo", "backup", "restore")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="start.py", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--host", default="127.0.0.1", help="监听地址 · address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=_port, help="端口，默认从 8000 起找一个空闲的 · port (first free one from 8000)")
    parser.add_argument("--no-demo", action="store_true", help="不载入演示数据 · do not load the demo portfolio")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    prepare = commands.add_parser("prepare", help="只准备，不运行 · get everything ready, run nothing")
    prepare.add_argument(
        "--no-demo", action="store_true", default=argparse.SUPPRESS, help="账簿留空 · leave the book empty"
    )
    test = commands.add_parser("test", help="全部检查与测试 · all checks and tests")
    test.add_argument(
        "arguments", nargs=argparse.REMAINDER, metavar="PYTEST_ARGS", help="只运行这些测试 · only these tests"
    )
    manage = commands.add_parser("manage", help="Django 管理命令 · a Django management command")
    manage.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGS")
    commands.add_parser("stop", help="停止正在运行的网站 · stop the running site")
    commands.add_parser("reset-demo", help="备份后清空并重建演示数据 · back up, empty, build the demo portfolio again")
    save = commands.add_parser("backup", help="备份数据库与文件 · back up database and files")
    save.add_argument("folder", nargs="?", type=Path, help="目标文件夹 · where to (var/backups/…)")
    restore = commands.add_parser("restore", help="从备份恢复 · restore a backup")
    restore.add_argument("folder", type=Path, help="backup 建立的文件夹 · a folder made by backup")
    return parser


def parse(argv: list[str]) -> argparse.Namespace:
    """What was asked for. Everything behind `test` and `manage` is handed on untouched, options of theirs included;
    argparse alone would claim those that come first."""
    for place, word in enumerate(argv):
        if word in ("test", "manage"):
            options = build_parser().parse_args(argv[: place + 1])
            options.arguments = argv[place + 1 :]
            return options
        if word in COMMANDS:
            break
    return build_parser().parse_args(argv)


def main(argv: list[str]) -> int:
    """Run one command; returns the exit code. Every failure ends in a sentence, never in a traceback."""
    options = parse(argv)
    console = Console(quiet=options.command == "manage")
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)  # until the site runs, a request to end unwinds like Ctrl-C
    try:
        return _dispatch(options, Places.from_environment(CHECKOUT, dict(os.environ)), console)
    except KeyboardInterrupt:
        console.say("已中断", "interrupted")
        return 130
    except BrokenPipeError:
        return 1
    except Exception as error:
        problem = explain_error(error)
        if not isinstance(error, Stop):
            console.log(traceback.format_exc())
        console.stop(problem)
        return problem.code


def _dispatch(options: argparse.Namespace, places: Places, console: Console) -> int:
    match options.command:
        case "prepare":
            return _prepare(places, console, demo=not options.no_demo)
        case "test":
            return checks.run(places, console, arguments=options.arguments)
        case "manage":
            return _manage(places, console, arguments=options.arguments)
        case "stop":
            return site.stop_running(places, console)
        case "reset-demo":
            return _reset_demo(places, console)
        case "backup":
            return backup.save(places, console, folder=options.folder)
        case "restore":
            return backup.restore(places, console, folder=options.folder)
    return site.Site(places, console, host=options.host, port=options.port, demo=not options.no_demo).run()


def _prepare(places: Places, console: Console, *, demo: bool) -> int:
    site.ready_tools(places, console)
    with Engines(places, console) as engines:
        site.prepare_database(places, console, site.environment(places, engines), demo=demo)
    console.say("准备完成。运行: python3 start.py", "everything is ready. To run: python3 start.py")
    return 0


def _manage(places: Places, console: Console, *, arguments: list[str]) -> int:
    """stdout belongs to the command; what we have to say goes to stderr."""
    site.ready_tools(places, console, assets=False)
    with Engines(places, console) as engines:
        process = subprocess.Popen(
            [places.python, "manage.py", *arguments], cwd=places.checkout, env=site.environment(places, engines)
        )
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue  # the command got it too and ends by itself


def _reset_demo(places: Places, console: Console) -> int:
    backup.refuse_while_running(places)
    site.ready_tools(places, console)
    with Engines(places, console) as engines:
        database = engines.database
        if database is None:
            raise Stop(
                "reset-demo 只清空自带的数据库。DATABASE_URL 指定的数据库请自行清空，再运行 python3 start.py prepare。",
                "reset-demo empties the embedded database only. Empty the one that DATABASE_URL names yourself, then run "
                "python3 start.py prepare.",
            )
        kept = backup.write(places, database, places.backups / backup.folder_name("before-reset"))
        console.say(f"原有数据已备份到 {kept}", f"the old data was saved to {kept}")
        database.recreate_database()
        backup.empty_files(places)
        (places.state / "no-demo").unlink(missing_ok=True)
        site.prepare_database(places, console, site.environment(places, engines), demo=True)
    console.say("演示数据已重建。运行: python3 start.py", "the demo portfolio is new. To run: python3 start.py")
    return 0


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r}: 1–65535")
    return int(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
