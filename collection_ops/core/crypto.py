"""Encryption of personal fields, and the keyed index that lets an encrypted value be found by its exact text.

AES-256-GCM with a key id in front, so that keys can be rotated: old rows keep their key, new rows get the current one.
The blind index is an HMAC with a key of its own. What it does not protect against: equal values have equal indexes,
and whoever steals the index key can try all mobile numbers. It is for finding, not for hiding from the key's owner.

Key file (mode 600): {"current": "k1", "keys": {"k1": "<base64, 32 bytes>"}, "index_key": "<base64, 32 bytes>"}
"""

import base64
import hashlib
import hmac
import json
import os
from binascii import b2a_base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12
INDEX_HEX_LENGTH = 32  # 128 bits: collisions are out of reach, an index row stays small


class KeyRingUnusable(Exception):
    """The key file is missing or malformed; the sentence says which and what to do."""


class Undecipherable(Exception):
    """A stored value cannot be decrypted: unknown key id or altered ciphertext. Fails loudly, never returns a guess."""


@dataclass(frozen=True)
class KeyRing:
    current: str
    ciphers: dict[str, AESGCM]
    index_key: bytes


@lru_cache(maxsize=4)
def _read_key_ring(path: Path, modified: float) -> KeyRing:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        ciphers = {key_id: AESGCM(base64.b64decode(value)) for key_id, value in raw["keys"].items()}
        ring = KeyRing(current=raw["current"], ciphers=ciphers, index_key=base64.b64decode(raw["index_key"]))
    except (ValueError, KeyError, TypeError) as error:
        raise KeyRingUnusable(f"The key file {path} is not readable as keys: {error}") from error
    if ring.current not in ring.ciphers or len(ring.index_key) < 32:
        raise KeyRingUnusable(f"The key file {path} must name a current key it holds and an index key of 32 bytes")
    return ring


def load_key_ring() -> KeyRing:
    """The keys in force. Raises KeyRingUnusable with a sentence for the operator."""
    path = Path(settings.FIELD_KEYS_FILE)
    if not path.is_file():
        raise KeyRingUnusable(
            f"No key file at {path}: run `python3 start.py prepare`, set FIELD_KEYS_FILE, or restore it from its backup"
        )
    return _read_key_ring(path, path.stat().st_mtime)


@lru_cache(maxsize=1)
def _ring() -> KeyRing:
    # A process keeps its keys: a file changed under a running service must not mix two rings within one job.
    return load_key_ring()


def encrypt(text: str) -> str:
    """`<key id>:<base64 of nonce and ciphertext>`; equal texts give different tokens. Empty stays empty."""
    return encrypt_all([text])[0]


def encrypt_all(texts: Sequence[str]) -> list[str]:
    """As `encrypt` for each of many texts, in their order: the random bytes of all nonces are asked for once.

    Nothing random outlives the call, so that two processes made from one by fork cannot share a nonce.
    """
    ring = _ring()
    seal, prefix = ring.ciphers[ring.current].encrypt, f"{ring.current}:"
    random = os.urandom(NONCE_BYTES * len(texts))
    tokens = []
    for at, text in enumerate(texts):
        if not text:
            tokens.append("")
            continue
        nonce = random[at * NONCE_BYTES : (at + 1) * NONCE_BYTES]
        sealed = nonce + seal(nonce, text.encode(), None)
        tokens.append(prefix + b2a_base64(sealed, newline=False).decode("ascii"))
    return tokens


def decrypt(token: str) -> str:
    """The text of a token made by `encrypt`. Raises Undecipherable."""
    if not token:
        return ""
    key_id, _, body = token.partition(":")
    cipher = _ring().ciphers.get(key_id)
    if cipher is None:
        raise Undecipherable(f"No key {key_id!r} in the key file")
    try:
        raw = base64.b64decode(body, validate=True)
        return cipher.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], None).decode("utf-8")
    except (InvalidTag, ValueError) as error:
        raise Undecipherable("The stored value was altered or belongs to another key") from error


def blind_index(subject: str, normalised: str) -> str:
    """32 hex characters for exact search. `subject` (id_no, phone, …) keeps equal texts of two fields apart.

    The caller normalises first (upper-case ID, digits of a phone): the index knows no two writings of one value.
    """
    return blind_indexes([(subject, normalised)])[0]


def blind_indexes(texts: Iterable[tuple[str, str]]) -> list[str]:
    """As `blind_index` for each of many (subject, normalised text), in their order."""
    key = _ring().index_key
    begun: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}
    found = []
    for subject, text in texts:
        if not text:
            found.append("")
            continue
        if subject not in begun:
            begun[subject] = _begun(key, subject)
        opening, closing = begun[subject]
        inner = opening.copy()
        inner.update(text.encode())
        outer = closing.copy()
        outer.update(inner.digest())
        found.append(outer.hexdigest()[:INDEX_HEX_LENGTH])
    return found


def derived_key(subject: str) -> bytes:
    """32 bytes for a keyed digest of its own (a file's content, say); stays the same as long as the index key does."""
    return hmac.digest(_ring().index_key, f"key\x1f{subject}\x1f".encode(), "sha256")


@lru_cache(maxsize=64)
def _begun(key: bytes, subject: str) -> "tuple[hashlib._Hash, hashlib._Hash]":
    # RFC 2104 by hand: both hashes have taken in the key already, and the inner one the subject. A copy of these costs a
    # third of `hmac.digest`, and an import makes three indexes a row.
    block = (hashlib.sha256(key).digest() if len(key) > 64 else key).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + subject.encode() + b"\x1f")
    return inner, hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
