"""The checkout, the state folder, and what lies where in it.

Everything that is not code is below the state folder: `var/` of the checkout, or what COLLECTION_OPS_STATE names.
"""

import os
from dataclasses import dataclass
from pathlib import Path

PRIVATE = 0o700
# Other accounts may pass through, not look around. Only as root, where PostgreSQL runs as an account of its own.
PASSABLE = 0o711


@dataclass(frozen=True)
class Places:
    checkout: Path
    state: Path

    @classmethod
    def from_environment(cls, checkout: Path, environ: dict[str, str]) -> "Places":
        named = environ.get("COLLECTION_OPS_STATE", "").strip()
        state = Path(named).expanduser() if named else checkout / "var"
        return cls(checkout=checkout, state=state.absolute())

    @property
    def venv(self) -> Path:
        return self.checkout / ".venv"

    @property
    def python(self) -> Path:
        return self.venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    @property
    def keys(self) -> Path:
        return self.state / "keys"

    @property
    def run(self) -> Path:
        """Ports, locks, addresses of what is running now. Nothing in it outlives a restart of the machine."""
        return self.state / "run"

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def assets(self) -> Path:
        return self.state / "assets"

    @property
    def media(self) -> Path:
        return self.state / "media"

    @property
    def mail(self) -> Path:
        """Mails as files, where no mail server is named (settings.EMAIL_URL)."""
        return self.state / "mail"

    @property
    def inbox(self) -> Path:
        return self.state / "inbox"

    @property
    def engines(self) -> Path:
        """Data of the embedded PostgreSQL and Valkey; as root it may be a link to a folder outside (engines/home.py)."""
        return self.state / "engines"

    @property
    def backups(self) -> Path:
        return self.state / "backups"

    def create(self, *, as_root: bool) -> None:
        """Make what is missing and close what must be closed. Raises OSError where the folder cannot be written."""
        self.state.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        if not any(self.state.iterdir()):
            # Only a folder that was made for us, new or empty, is ever opened; never one above it.
            self.state.chmod(PASSABLE if as_root else PRIVATE)
        for folder in (self.keys, self.run, self.logs, self.media, self.inbox, self.mail, self.backups):
            folder.mkdir(exist_ok=True, mode=PRIVATE)
            if folder.stat().st_uid == self._me():
                folder.chmod(PRIVATE)
        probe = self.run / f".write-{os.getpid()}"
        probe.write_text("x")
        probe.unlink()

    @staticmethod
    def _me() -> int:
        return os.geteuid() if hasattr(os, "geteuid") else 0
