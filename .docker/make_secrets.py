"""Write the secret files that docker-compose.yml names into `secrets/`; those that exist are kept.

    python3 .docker/make_secrets.py

The folder may be entered by its owner only. The files in it are readable by all, since a container mounts each by itself
and reads it as an account that this host does not know. Keep a copy of the folder, away from the database's backups.
"""

import base64
import json
import secrets
import sys
from pathlib import Path


def write_secrets(folder: Path) -> list[str]:
    """Returns the names of the files that were made."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)

    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    def kept_or(name: str, text: str) -> str:
        file = folder / name
        return file.read_text(encoding="utf-8") if file.exists() else text

    database_password = kept_or("database_password", secrets.token_urlsafe(32))
    redis_settings = kept_or("redis_settings", f"requirepass {secrets.token_urlsafe(32)}\n")
    redis_password = redis_settings.split()[1]
    contents = {
        "secret_key": secrets.token_urlsafe(64),
        "field_keys.json": json.dumps({"current": "k1", "keys": {"k1": key()}, "index_key": key()}, indent=2),
        "postgres_password": secrets.token_urlsafe(32),
        "database_password": database_password,
        "database_url": f"postgres://collection_ops:{database_password}@postgres:5432/collection_ops",
        "redis_settings": redis_settings,
        "redis_url": f"redis://:{redis_password}@redis:6379/0",
    }
    made = []
    for name, text in contents.items():
        file = folder / name
        if not file.exists():
            file.write_text(text, encoding="utf-8")
            file.chmod(0o444)
            made.append(name)
    return made


if __name__ == "__main__":
    target = Path(__file__).resolve().parent.parent / "secrets"
    sys.stdout.write(f"{target}: {', '.join(write_secrets(target)) or 'nothing was missing'}\n")
