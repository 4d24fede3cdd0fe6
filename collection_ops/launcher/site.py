"""The running site: engines, preparation, web, worker and beat, until somebody stops it."""

import contextlib
import ipaddress
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from typing import Any

from . import front_end, keys, ports, processes, python_env
from .engines import Engines
from .engines.pair import needed
from .messages import Console, Stop
from .places import Places
from .supervise import Restarts, StopRequest

READY_SECONDS = 90.0


def ready_tools(places: Places, console: Console, *, extra: tuple[str, ...] = (), assets: bool = True) -> None:
    """Folders, packages, front-end files and keys: what every command needs before the first Django command."""
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    places.create(as_root=as_root)
    console.log_file = places.logs / "start.log"
    files = ["requirements.txt"]
    if any(needed(dict(os.environ))):
        files.append("requirements-local.txt")
    python_env.ensure(places, console, files=[*files, *extra])
    if assets:
        front_end.ensure(places, console)
    keys.make_keys(places.keys, database_exists=(places.engines / "postgres" / "data" / "PG_VERSION").exists())


def environment(places: Places, engines: Engines) -> dict[str, str]:
    """What a Django program of this installation runs with."""
    env = {**os.environ, "COLLECTION_OPS_STATE": str(places.state), "PYTHONUNBUFFERED": "1"}
    env.setdefault("COLLECTION_OPS_MODE", "local")
    env["DJANGO_SETTINGS_MODULE"] = "collection_ops.settings"  # the shell may have another project's
    # Compiled files are worth seconds at every start; some machines switch them off for all.
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env | engines.environment


def prepare_database(places: Places, console: Console, env: dict[str, str], *, demo: bool) -> dict[str, Any]:
    """Migrations, reference data and, in an empty database, the demo portfolio. Returns what `first_run` reports."""
    console.step("更新数据库结构与基础数据", "Bringing the database up to date")
    command = [str(places.python), "manage.py", "first_run", "--json", *([] if demo else ["--no-demo"])]
    console.log("run: " + " ".join(command))
    with subprocess.Popen(
        command,
        cwd=places.checkout,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        report: dict[str, Any] = {}
        for line in process.stdout:
            console.log(line.rstrip())
            if line.startswith("first_run: "):
                report = json.loads(line.removeprefix("first_run: "))
                if "step" in report:
                    console.step(report["step"][0], report["step"][1])
    if "problem" in report:
        raise Stop(report["problem"][0], report["problem"][1])
    if process.returncode != 0:
        raise Stop(
            "准备数据库失败，原因见日志。",
            "Preparing the database failed; the log says why.",
        )
    return report


class Site:
    """`python3 start.py`: one at a time for a state folder."""

    def __init__(self, places: Places, console: Console, *, host: str, port: int | None, demo: bool) -> None:
        self.places = places
        self.console = console
        self.host = host
        self.port = port
        self.demo = demo
        self.stop = StopRequest()

    def run(self) -> int:
        self.places.create(as_root=hasattr(os, "geteuid") and os.geteuid() == 0)
        with self._only_one() as first:
            if not first:
                address = read_running(self.places).get("url", "?")
                self.console.say(
                    f"已经在运行: {address} （用 python3 start.py stop 停止）",
                    f"already running at {address} (python3 start.py stop ends it)",
                )
                return 0
            ready_tools(self.places, self.console)
            reservation = ports.reserve(self.host, self.port)
            port = reservation.port
            if self.port is None and port != ports.PREFERRED:
                self.console.say(
                    f"端口 {ports.PREFERRED} 已被占用，改用 {port}",
                    f"port {ports.PREFERRED} is taken; using {port}",
                )
            with contextlib.closing(reservation), Engines(self.places, self.console, wait=False) as engines:
                env = environment(self.places, engines)
                env.setdefault("ALLOWED_HOSTS", ",".join(allowed_hosts(self.host)))
                report = prepare_database(self.places, self.console, env, demo=self.demo)
                self.stop.listen()
                return self._serve(engines, env, port, report)

    def _serve(self, engines: Engines, env: dict[str, str], port: int, report: dict[str, Any]) -> int:
        url = f"http://{_printable_host(self.host)}:{port}/"
        keys.write_private(self.places.run / "site.json", json.dumps({"pid": os.getpid(), "url": url}))
        command = [str(self.places.python), "manage.py", "up", "--host", self.host, "--port", str(port)]
        restarts = Restarts()
        self.console.step("启动网站、任务进程与定时任务", "Starting web, worker and schedule")
        up = processes.spawn(command, env=env, cwd=self.places.checkout)
        try:
            waiting_since: float | None = time.monotonic()
            while not self.stop.requested:
                if engines.owner:
                    engines.watch()
                if up.poll() is not None:
                    up = self._after_death(up, restarts, command, env)
                    waiting_since = waiting_since or time.monotonic()
                if waiting_since is not None:
                    if _answers(self.host, port, env["ALLOWED_HOSTS"]):
                        waiting_since = None
                        self._greet(url, report)
                    elif time.monotonic() - waiting_since > READY_SECONDS:
                        raise Stop(
                            f"网站 {READY_SECONDS:.0f} 秒内没有响应，已停止。原因见 {self.places.logs / 'web.log'}。",
                            f"The site did not answer within {READY_SECONDS:.0f} seconds and was stopped. "
                            f"{self.places.logs / 'web.log'} says why.",
                        )
                time.sleep(0.2)
            self.console.say("正在停止……", "stopping …")
            return 0
        finally:
            # `up` gives its own children ten seconds; it gets a little more than they.
            processes.stop(up, patience=20)
            (self.places.run / "site.json").unlink(missing_ok=True)

    def _after_death(
        self, up: subprocess.Popen[bytes], restarts: Restarts, command: list[str], env: dict[str, str]
    ) -> subprocess.Popen[bytes]:
        """`up` ended by itself: with 1 it has said why and given up; killed, it is started again."""
        processes.sweep(up)
        chinese, english = processes.how_it_ended(up.returncode)
        killed = up.returncode is not None and up.returncode < 0
        if not killed or not restarts.allow(time.monotonic()):
            raise Stop(
                f"网站已停止（{chinese}）。原因见 {self.places.logs} 里的日志。",
                f"The site has stopped ({english}). The logs in {self.places.logs} say why.",
            )
        self.console.say(
            f"! 管理进程意外停止（{chinese}），正在重新启动",
            f"the managing process stopped unexpectedly ({english}); starting it again",
        )
        time.sleep(2)  # its children are ending by themselves and still hold the port
        return processes.spawn(command, env=env, cwd=self.places.checkout)

    def _greet(self, url: str, report: dict[str, Any]) -> None:
        lines = [
            "",
            "催收运营后台已启动 · The collection back office is running",
            f"  网站 · Site           {url}",
            f"  后台 · Admin          {url}admin/",
            f"  健康检查 · Health     {url}readyz",
        ]
        accounts = report.get("accounts") or []
        if accounts:
            lines.append("")
            lines.append("演示账号 · Demo accounts（用户名 · user name / 密码 · password）")
            width = max(len(account["username"]) for account in accounts)
            lines += [
                f"  {account['username']:<{width}}  {account['password']}  {account['role_zh']} · {account['role_en']}"
                for account in accounts
            ]
            if not _is_loopback(self.host):
                lines.append("  ! 演示密码是公开的，请勿在可被他人访问的网络上使用。")
                lines.append("    These passwords are public: do not use them on a network that others can reach.")
        elif not report.get("users"):
            lines.append("")
            command = "python3 start.py manage add_user wang --name 王芳 --role admin"
            lines.append(f"还没有用户。新建管理员，例如: {command}")
            lines.append(f"There are no users yet. To make an administrator, e.g.: {command}")
        for warning in report.get("warnings") or []:
            lines.append(f"  ! {warning[0]} · {warning[1]}")
        lines.append("")
        lines.append("按 Ctrl-C 停止 · Press Ctrl-C to stop")
        for line in lines:
            with contextlib.suppress(OSError, ValueError):
                print(line, flush=True)

    @contextlib.contextmanager
    def _only_one(self) -> Any:
        try:
            import fcntl
        except ImportError:
            yield True
            return
        with (self.places.run / "start.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True


def is_running(places: Places) -> bool:
    """Whether a site of this state folder runs. Asked of the lock, which no killed process keeps, not of a number."""
    try:
        import fcntl
    except ImportError:
        return (places.run / "site.json").exists()
    file = places.run / "start.lock"
    if not file.exists():
        return False
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def read_running(places: Places) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((places.run / "site.json").read_text()))
    return {}


def stop_running(places: Places, console: Console) -> int:
    """`python3 start.py stop`."""
    if not is_running(places):
        console.say("没有在运行", "not running")
        return 0
    pid = read_running(places).get("pid")
    if not isinstance(pid, int):
        raise Stop(
            "它正在启动中，请几秒后再试，或在它的终端按 Ctrl-C。",
            "It is just starting. Try again in a few seconds, or press Ctrl-C in its terminal.",
        )
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while is_running(places) and time.monotonic() < deadline:
        time.sleep(0.2)
    if is_running(places):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        console.say("等了一分钟仍未停止，已强制结束", "it did not stop within a minute and was ended by force")
        return 0
    console.say("已停止", "stopped")
    return 0


def allowed_hosts(host: str) -> list[str]:
    """The names a browser may use for a site that listens on `host`."""
    names = ["127.0.0.1", "localhost", "[::1]"]
    if _is_loopback(host):
        return names
    names.append(socket.gethostname())
    wildcard = host in ("0.0.0.0", "::")  # noqa: S104
    if not wildcard:
        names.append(f"[{host}]" if ":" in host else host)
    with contextlib.suppress(OSError):
        names += sorted({str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)})
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; the system says which address it would use
        names.append(str(probe.getsockname()[0]))
    return list(dict.fromkeys(names))


def _answers(host: str, port: int, allowed: str) -> bool:
    name = next((part.strip().lstrip(".") for part in allowed.split(",") if part.strip(" *.")), "localhost")
    request = urllib.request.Request(f"http://{_reachable_host(host)}:{port}/healthz", headers={"Host": name})
    # A proxy set for this machine must not be asked for 127.0.0.1.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _reachable_host(host: str) -> str:
    if host == "0.0.0.0":  # noqa: S104
        return "127.0.0.1"
    if host == "::":
        return "[::1]"
    return f"[{host}]" if ":" in host else host


def _printable_host(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104
        return allowed_hosts(host)[-1]
    return _reachable_host(host)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
