"""The keys of one installation: made once, readable by its owner only, backed up apart from the database."""

import base64
import json
import os
import secrets
from pathlib import Path

from .messages import Stop


def make_keys(folder: Path, *, database_exists: bool) -> None:
    """Write the keys that are missing; repair file modes.

    Keys are never made anew beside a database that already holds data encrypted with lost ones: that start stops, since
    going on would mix two keys and hide the loss until somebody opens an old record.
    """
    makers = {
        "secret_key": lambda: secrets.token_urlsafe(64),
        "field_keys.json": _field_keys,
        "postgres_password": lambda: secrets.token_urlsafe(32),
        "valkey_password": lambda: secrets.token_urlsafe(32),
    }
    missing = [name for name in makers if not (folder / name).exists()]
    lost = [name for name in missing if name in ("field_keys.json", "postgres_password")]
    if database_exists and lost:
        raise Stop(
            f"数据库还在，但 {folder} 里缺少 {'、'.join(lost)}。请从备份恢复这些密钥文件；没有它们，个人信息无法解密。",
            f"The database is there, but {', '.join(lost)} is missing in {folder}. Restore the key files from your "
            "backup; without them personal data cannot be decrypted.",
        )
    for name in missing:
        write_private(folder / name, makers[name]())
    for name in makers:
        if (folder / name).stat().st_mode & 0o077:
            (folder / name).chmod(0o600)


def write_private(path: Path, text: str) -> None:
    """Write `text` so that no other account can read it at any moment, and no reader sees half of it."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def _field_keys() -> str:
    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return json.dumps({"current": "k1", "keys": {"k1": key()}, "index_key": key()}, indent=2)
