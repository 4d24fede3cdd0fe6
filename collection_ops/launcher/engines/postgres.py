"""A PostgreSQL of our own: one cluster, one database, 127.0.0.1 and a password."""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from .. import ports, processes
from ..messages import Console, Stop, explain_output
from ..supervise import open_log
from .account import Account

USER = "collection_ops"
DATABASE = "collection_ops"
PATIENCE = 60.0


class Postgres:
    label = "PostgreSQL"

    def __init__(
        self,
        *,
        programs: Path,
        home: Path,
        account: Account | None,
        password: str,
        log_path: Path,
        console: Console,
        throwaway: bool,
    ) -> None:
        """`home` is a folder of the engine's own. `throwaway`: for tests, nothing is forced to disk."""
        self.bin = programs / "pginstall" / "bin"
        self.home = home
        self.data = home / "data"
        self.account = account
        self.password = password
        self.log_path = log_path
        self.console = console
        self.throwaway = throwaway
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"postgres://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def start(self, wanted_port: int | None) -> None:
        """Make the cluster if there is none, start it, make the database if there is none."""
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        self._refuse_other_major()
        self._clear_leftovers()
        port = wanted_port if wanted_port and ports.is_free("127.0.0.1", wanted_port) else ports.any_free()
        for _attempt in range(5):  # somebody may take the port between our look and PostgreSQL's own
            if self._launch(port):
                self._make_database()
                return
            port = ports.any_free()
        raise self._failed()

    def restart(self) -> None:
        """After it died: the same port, since its address is in every running program's environment."""
        self._clear_leftovers()
        if not self._launch(self.port):
            raise self._failed()

    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        if self.process is not None:
            # SIGINT is PostgreSQL's fast shutdown: open transactions roll back, nothing waits for clients.
            processes.stop(self.process, first=signal.SIGINT, patience=30)

    def run_sql(self, sql: str, *, database: str = "postgres") -> str:
        return self.run_tool("psql", "--no-psqlrc", "-tA", "-v", "ON_ERROR_STOP=1", "-c", sql, "-d", database)

    def run_tool(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's client programs against this server; the password goes by environment."""
        result = subprocess.run(
            [self.bin / name, "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, *arguments],
            env={**_plain_environment(), "PGPASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode != 0:
            self.console.log(f"{name}: {result.stdout}{result.stderr}")
            raise explain_output(
                result.stderr,
                Stop(
                    f"数据库工具 {name} 失败，原因见日志。",
                    f"The database tool {name} failed; the log says why.",
                ),
                place=self.home,
            )
        return result.stdout

    def _make_cluster(self) -> None:
        """initdb into a folder beside, then one rename: an interrupted start leaves nothing that looks complete."""
        self.console.step("初始化数据库", "Initialising the database")
        fresh = self.home / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password_file = self.home / ".password"
        descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(self.password)
        command: list[str | Path] = [
            self.bin / "initdb",
            f"--pgdata={fresh}",
            f"--username={USER}",
            "--auth=scram-sha-256",
            f"--pwfile={password_file}",
            "--encoding=UTF8",
            # The same order of text on every machine; the system's own collations change with its updates.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            *(["--no-sync"] if self.throwaway else []),
        ]
        try:
            if self.account is not None:
                os.chown(password_file, *self.account.ids)
            process = processes.spawn(
                command,
                env=_plain_environment(),
                cwd=self.home,
                stdout=subprocess.PIPE,
                account=self.account.ids if self.account else None,
            )
            output, _ = process.communicate()
        finally:
            password_file.unlink(missing_ok=True)
        text = output.decode("utf-8", "replace")
        self.console.log(text)
        if process.returncode != 0:
            raise explain_output(
                text,
                Stop(
                    "数据库初始化失败，原因见日志。也可以设置 DATABASE_URL 使用已有的 PostgreSQL。",
                    "Initialising the database failed; the log says why. You can also set DATABASE_URL to a PostgreSQL "
                    "that you have.",
                ),
                place=self.home,
            )
        fresh.replace(self.data)

    def _refuse_other_major(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        answer = subprocess.run([self.bin / "postgres", "--version"], capture_output=True, text=True, check=True)
        ours = answer.stdout.split()[-1].split(".")[0]
        if made_by != ours:
            raise Stop(
                f"数据由 PostgreSQL {made_by} 建立，当前程序是 {ours}，不能直接打开。"
                "请先用旧版本备份，再恢复到新版本（见 README 备份一节）。",
                f"The data was made by PostgreSQL {made_by}, the programs are {ours} and cannot open it. Back up with the "
                "old version and restore into the new one (README, backup).",
            )

    def _launch(self, port: int) -> bool:
        """Start the server; False when another program holds the port. Raises Stop for any other failure."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "shared_buffers": "256MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "checkpoint_completion_target": "0.9",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # Statements can hold personal data; a log must not.
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
        }
        if self.throwaway:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        command: list[str | Path] = [self.bin / "postgres", "-D", self.data]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        log = open_log(self.log_path)
        before = self.log_path.stat().st_size if self.log_path.exists() else 0
        try:
            self.process = processes.spawn(
                command,
                env=_plain_environment(),
                cwd=self.home,
                stdout=log or subprocess.DEVNULL,
                death_signal=signal.SIGINT,
                account=self.account.ids if self.account else None,
            )
        finally:
            if log is not None:
                log.close()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if self._ready():
                self.port = port
                return True
            if self.process.poll() is not None:
                output = self._log_since(before)
                if "could not bind" in output or "Address already in use" in output:
                    return False
                raise explain_output(output, self._failed(), place=self.data)
            time.sleep(0.05)
        processes.stop(self.process, first=signal.SIGQUIT, patience=5)
        raise self._failed()

    def _ready(self) -> bool:
        """The eighth line of postmaster.pid is the server's own word."""
        assert self.process is not None
        with contextlib.suppress(OSError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return len(lines) >= 8 and lines[0].strip() == str(self.process.pid) and lines[7].strip() == "ready"
        return False

    def _make_database(self) -> None:
        if DATABASE not in self.run_sql("SELECT datname FROM pg_database").split():
            self.run_sql(f"CREATE DATABASE {DATABASE}")

    def recreate_database(self) -> None:
        self.run_sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        self.run_sql(f"CREATE DATABASE {DATABASE}")

    def _clear_leftovers(self) -> None:
        """Deal with the postmaster.pid of a server that was killed.

        PostgreSQL itself removes a stale one, except when the number now belongs to another process, which is common
        after a restart of a container. A server that really still runs on our data is stopped: we hold the lock of this
        state folder, so nobody is meant to be using it.
        """
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return
        if self._serves_our_data(pid):
            self.console.log(f"stopping a left-over postgres, pid {pid}")
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + 20
            while self._serves_our_data(pid) and time.monotonic() < deadline:
                time.sleep(0.1)
        elif _is_running(pid) and not self._anybody_on_our_data():
            self.console.log(f"removing postmaster.pid: {pid} is another program now")
            pid_file.unlink(missing_ok=True)

    def _serves_our_data(self, pid: int) -> bool:
        """Every PostgreSQL process works inside its data folder."""
        try:
            return Path(f"/proc/{pid}/cwd").resolve(strict=True) == self.data.resolve()
        except OSError:
            pass
        if Path("/proc/self").exists():
            return False
        answer = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return "postgres" in answer.stdout and str(self.data) in answer.stdout

    def _anybody_on_our_data(self) -> bool:
        if not Path("/proc/self").exists():
            return False
        return any(self._serves_our_data(int(place.name)) for place in Path("/proc").iterdir() if place.name.isdigit())

    def _log_since(self, size: int) -> str:
        try:
            content = self.log_path.read_bytes()
        except OSError:
            return ""
        return content[size:].decode("utf-8", "replace") if len(content) >= size else content.decode("utf-8", "replace")

    def _failed(self) -> Stop:
        return Stop(
            f"PostgreSQL 无法启动，原因见 {self.log_path}。也可以设置 DATABASE_URL 使用已有的 PostgreSQL。",
            f"PostgreSQL does not start; {self.log_path} says why. You can also set DATABASE_URL to a PostgreSQL that "
            "you have.",
        )


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _plain_environment() -> dict[str, str]:
    """Nothing of the caller's: a PGHOST or PGDATA of his would send our programs elsewhere."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
