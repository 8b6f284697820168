"""C2SP checkpoints: signed notes that state the origin, size and root of the log."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from lookup.audit.errors import NoteInvalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

#: The signature type of plain Ed25519 in C2SP signed-note.
ED25519 = b"\x01"
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
_ID_SIZE = 4
_KEY_SIZE = 32
_ROOT_SIZE = 32
_BODY_LINES = 3
_NAME = re.compile(r"[^\s+]{1,255}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A named Ed25519 key that notes are verified with."""

    name: str
    raw: bytes
    key_id: bytes = field(init=False)

    def __post_init__(self) -> None:
        """Derive the key id: SHA-256(name, newline, type, key), first four bytes."""
        if not _NAME.fullmatch(self.name) or len(self.raw) != _KEY_SIZE:
            msg = f"not an Ed25519 key with a plain name: {self.name!r}"
            raise NoteInvalid(msg)
        digest = hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.raw).digest()
        object.__setattr__(self, "key_id", digest[:_ID_SIZE])

    @property
    def vkey(self) -> str:
        """Return the C2SP text form `name+hex key id+base64(type || key)`."""
        encoded = base64.b64encode(ED25519 + self.raw).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @classmethod
    def parse(cls, vkey: str) -> PublicKey:
        """Parse a vkey; raises NoteInvalid when the key id does not belong to the key."""
        name, _, rest = vkey.strip().partition("+")
        key_id, _, encoded = rest.partition("+")
        material = _unbase64(encoded)
        if material[:1] != ED25519:
            msg = "the key is not of type Ed25519"
            raise NoteInvalid(msg)
        key = cls(name, material[1:])
        if key.key_id.hex() != key_id:
            msg = f"the key id of {name!r} does not belong to its key"
            raise NoteInvalid(msg)
        return key

    def verifies(self, signature: bytes, text: bytes) -> bool:
        """Tell whether the signature is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


class SigningKey:
    """A named Ed25519 private key; its representation shows the public half only."""

    __slots__ = ("_private", "public")

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        """Name the key; the name is the origin of the log that it signs."""
        self._private = private
        self.public = PublicKey(name, private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        """Show the public half."""
        return f"SigningKey({self.public.vkey!r})"

    def signature_line(self, text: bytes) -> bytes:
        """Return the line that signs the text: em dash, name, base64(key id || signature)."""
        blob = base64.b64encode(self.public.key_id + self._private.sign(text))
        return b"\xe2\x80\x94 " + self.public.name.encode() + b" " + blob + b"\n"

    def pem(self) -> bytes:
        """Return the private key as unencrypted PKCS#8 PEM."""
        return self._private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log commits to: its origin, its number of entries and its root hash."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """Return the three lines that are signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n".encode()

    def sign(self, *keys: SigningKey) -> bytes:
        """Return the signed note, one signature line per key."""
        text = self.text()
        return text + b"\n" + b"".join(key.signature_line(text) for key in keys)


def open_note(note: bytes, keys: Iterable[PublicKey]) -> tuple[bytes, list[PublicKey]]:
    """Return the text of a note and the given keys that signed it.

    Signatures of unknown keys are ignored, as C2SP signed-note demands; a wrong signature
    under a known key, or no signature of a known key at all, raises NoteInvalid.
    """
    text, lines = _split(note)
    known = {(key.name, key.key_id): key for key in keys}
    signed: list[PublicKey] = []
    for line in lines:
        name, blob = _parse_line(line)
        key = known.pop((name, blob[:_ID_SIZE]), None)
        if key is None:
            continue
        if not key.verifies(blob[_ID_SIZE:], text):
            msg = f"the signature of {name!r} is wrong"
            raise NoteInvalid(msg)
        signed.append(key)
    if not signed:
        msg = "no signature by a trusted key"
        raise NoteInvalid(msg)
    return text, signed


def open_checkpoint(note: bytes, keys: Sequence[PublicKey]) -> Checkpoint:
    """Verify a checkpoint: it must be signed by a trusted key named like its origin."""
    text, signed = open_note(note, keys)
    checkpoint = parse_checkpoint(text)
    if all(key.name != checkpoint.origin for key in signed):
        msg = f"not signed by a key of the origin {checkpoint.origin!r}"
        raise NoteInvalid(msg)
    return checkpoint


def parse_checkpoint(text: bytes) -> Checkpoint:
    """Parse the signed text; extension lines after the third are allowed and ignored."""
    lines = text.decode().split("\n")[:-1]
    if len(lines) < _BODY_LINES or not all(lines) or not _SIZE.fullmatch(lines[1]):
        msg = "a checkpoint is an origin, a size and a root, each on a line"
        raise NoteInvalid(msg)
    root = _unbase64(lines[2])
    if len(root) != _ROOT_SIZE:
        msg = "the root hash of a checkpoint has 32 bytes"
        raise NoteInvalid(msg)
    return Checkpoint(lines[0], int(lines[1]), root)


def load_or_create_key(path: Path, origin: str) -> SigningKey:
    """Read the private key (PEM), or create it with mode 0400 when the file is absent.

    Raises NoteInvalid for what is no such key, and for one that every user could read.
    """
    try:
        pem = path.read_bytes()
        if path.stat().st_mode & stat.S_IRWXO:
            msg = f"{path} is open to all users: give it mode 0400"
            raise NoteInvalid(msg)
    except FileNotFoundError:
        key = SigningKey(origin, Ed25519PrivateKey.generate())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.pem())
            file.flush()
            os.fsync(file.fileno())
        return key
    try:
        private = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        msg = f"{path} is not a private key"
        raise NoteInvalid(msg) from error
    if not isinstance(private, Ed25519PrivateKey):
        msg = f"{path} is not an Ed25519 key"
        raise NoteInvalid(msg)
    return SigningKey(origin, private)


def write_public_key(path: Path, key: PublicKey) -> None:
    """Write the vkey and a newline."""
    path.write_text(key.vkey + "\n", encoding="ascii")


def read_public_keys(path: Path) -> list[PublicKey]:
    """Read one vkey per line; empty lines and lines that start with # are skipped."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [PublicKey.parse(line) for line in lines if line and not line.startswith("#")]


def _split(note: bytes) -> tuple[bytes, list[str]]:
    text, separator, tail = note.rpartition(b"\n\n")
    try:
        text.decode()
        lines = tail.decode().split("\n")
    except UnicodeDecodeError as error:
        msg = "a note is UTF-8 text"
        raise NoteInvalid(msg) from error
    if len(note) > MAX_NOTE or not separator or lines.pop() or len(lines) > MAX_SIGNATURES:
        msg = "a note is a text, an empty line and signature lines"
        raise NoteInvalid(msg)
    if any(byte < 0x20 and byte != 0x0A for byte in note):
        msg = "a note holds no control characters"
        raise NoteInvalid(msg)
    return text + b"\n", lines


def _parse_line(line: str) -> tuple[str, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    blob = _unbase64(encoded)
    if dash != "\N{EM DASH}" or not _NAME.fullmatch(name) or len(blob) <= _ID_SIZE:
        msg = "a signature line is a dash, a name and base64"
        raise NoteInvalid(msg)
    return name, blob


def _unbase64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        msg = f"not base64: {text[:40]!r}"
        raise NoteInvalid(msg) from error
