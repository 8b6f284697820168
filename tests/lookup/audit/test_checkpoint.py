from __future__ import annotations

import base64
import stat

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from lookup.audit.checkpoint import (
    Checkpoint,
    PublicKey,
    SigningKey,
    load_or_create_key,
    open_checkpoint,
    open_note,
    parse_checkpoint,
    read_public_keys,
    write_public_key,
)
from lookup.audit.errors import NoteInvalid

# The example of the Go package sumdb/note, from which C2SP signed-note grew.
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
TEXT = (
    b"If you think cryptography is the answer to your problem,\n"
    b"then you don't know what your problem is.\n"
)
NOTE = (
    TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqf"
    "qdngotpRZb6KE6RyyBwJnAM=\n".encode()
)
ROOT = bytes(range(32))


def signer(name="example.org/log", seed=b"s" * 32):
    return SigningKey(name, Ed25519PrivateKey.from_private_bytes(seed))


def test_reference_note_opens():
    assert open_note(NOTE, [PublicKey.parse(VKEY)])[0] == TEXT


def test_reference_note_is_reproduced():
    key = signer("PeterNeumann", SEED)
    assert key.public.vkey == VKEY
    assert TEXT + b"\n" + key.signature_line(TEXT) == NOTE


def test_checkpoint_form():
    note = Checkpoint("example.org/log", 12, ROOT).sign(signer())
    lines = note.decode().split("\n")
    assert lines[:4] == ["example.org/log", "12", base64.b64encode(ROOT).decode(), ""]
    assert lines[4].startswith("— example.org/log ")
    assert lines[5] == ""


@given(st.integers(0, 2**60), st.binary(min_size=32, max_size=32))
def test_checkpoint_round_trip(size, root):
    key = signer()
    checkpoint = Checkpoint("example.org/log", size, root)
    assert open_checkpoint(checkpoint.sign(key), [key.public]) == checkpoint


@given(st.data())
def test_any_changed_byte_is_refused(data):
    key = signer()
    note = bytearray(Checkpoint("example.org/log", 12, ROOT).sign(key))
    at = data.draw(st.integers(0, len(note) - 1))
    note[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != note[at]))
    with pytest.raises(NoteInvalid):
        open_checkpoint(bytes(note), [key.public])


def test_unknown_signatures_are_ignored():
    old, new = signer(seed=b"o" * 32), signer(seed=b"n" * 32)
    note = Checkpoint("example.org/log", 1, ROOT).sign(old, new)
    assert open_checkpoint(note, [new.public]).size == 1
    assert open_checkpoint(note, [old.public]).size == 1
    with pytest.raises(NoteInvalid, match="no signature by a trusted key"):
        open_checkpoint(note, [signer(seed=b"x" * 32).public])


def test_a_wrong_signature_of_a_known_key_spoils_the_note():
    first, second = signer(seed=b"o" * 32), signer(seed=b"n" * 32)
    checkpoint = Checkpoint("example.org/log", 1, ROOT)
    note = checkpoint.sign(first) + second.signature_line(b"other text\n")
    with pytest.raises(NoteInvalid, match="is wrong"):
        open_checkpoint(note, [first.public, second.public])


def test_a_witness_alone_does_not_sign_for_the_log():
    witness = signer("example.org/witness")
    note = Checkpoint("example.org/log", 1, ROOT).sign(witness)
    with pytest.raises(NoteInvalid, match="origin"):
        open_checkpoint(note, [witness.public])


@pytest.mark.parametrize(
    "text",
    [
        b"origin\n1\n",
        b"origin\n01\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n-1\n" + base64.b64encode(ROOT) + b"\n",
        b"\n1\n" + base64.b64encode(ROOT) + b"\n",
        b"origin\n1\n" + base64.b64encode(ROOT[:31]) + b"\n",
        b"origin\n1\n!!!!\n",
    ],
)
def test_texts_that_are_no_checkpoint(text):
    with pytest.raises(NoteInvalid):
        parse_checkpoint(text)


def test_extension_lines_are_allowed():
    text = b"origin\n7\n" + base64.b64encode(ROOT) + b"\nextra\n"
    assert parse_checkpoint(text) == Checkpoint("origin", 7, ROOT)


@pytest.mark.parametrize(
    "note",
    [
        b"",
        b"text without signatures\n",
        NOTE[:-1],
        NOTE.replace("—".encode(), b"-"),
        NOTE.replace(b"problem", b"pro\tblem"),
        b"\xff" + NOTE,
        NOTE + b"x" * 70_000,
        NOTE + NOTE[len(TEXT) + 1 :] * 65,
    ],
)
def test_bytes_that_are_no_note(note):
    with pytest.raises(NoteInvalid):
        open_note(note, [PublicKey.parse(VKEY)])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("+AR", "+Ah"),
        VKEY[:-4],
        VKEY.replace("PeterNeumann", "Peter Neumann"),
    ],
)
def test_vkeys_that_are_refused(vkey):
    with pytest.raises(NoteInvalid):
        PublicKey.parse(vkey)


def test_a_key_that_every_user_could_read_is_refused(tmp_path):
    path = tmp_path / "log.key"
    load_or_create_key(path, "example.org/log")
    path.chmod(0o440)
    load_or_create_key(path, "example.org/log")
    path.chmod(0o444)
    with pytest.raises(NoteInvalid, match="is open to all users"):
        load_or_create_key(path, "example.org/log")


def test_key_file_is_made_once_and_private(tmp_path):
    path = tmp_path / "log.pem"
    made = load_or_create_key(path, "example.org/log")
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert load_or_create_key(path, "example.org/log").public == made.public
    assert b"PRIVATE" in path.read_bytes()
    assert "PRIVATE" not in repr(made)


def test_key_files_that_are_refused(tmp_path):
    path = tmp_path / "log.pem"
    path.touch(mode=0o600)
    path.write_bytes(b"no key")
    with pytest.raises(NoteInvalid, match="not a private key"):
        load_or_create_key(path, "origin")
    other = generate_private_key(SECP256R1())
    path.write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(NoteInvalid, match="not an Ed25519 key"):
        load_or_create_key(path, "origin")


def test_public_key_file_round_trip(tmp_path):
    first, second = signer(seed=b"o" * 32).public, signer(seed=b"n" * 32).public
    path = tmp_path / "log.pub"
    write_public_key(path, first)
    assert read_public_keys(path) == [first]
    path.write_text(f"# rotated\n\n{first.vkey}\n{second.vkey}\n", encoding="ascii")
    assert read_public_keys(path) == [first, second]
