"""What clients and the writer process say to each other: length-prefixed msgpack frames."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from lookup.audit.errors import AuditError

PREFIX = 4
#: The largest answer over gRPC is 16 MiB (a batch); single entries are far smaller.
MAX_FRAME = 17 * 1024 * 1024


class FrameInvalid(AuditError):
    """A peer sent bytes that are no frame; the connection cannot go on."""


class _Message(msgspec.Struct, frozen=True, array_like=True, tag=True, gc=False):
    """`id` pairs a reply with its request on one connection."""

    id: int


class Ask(_Message, frozen=True, tag=1):
    """Record a question: envelope bytes of kind ASK, and the digest of the whole request."""

    digest: bytes
    body: bytes
    nonce: bytes
    detail: bytes


class Answer(_Message, frozen=True, tag=2):
    """Record an answer (exact bytes, without receipt) to an ASK of this connection.

    With `ask_id`, the id of the Ask request, it may be sent before that ASK is confirmed;
    the envelope then has ask=0 and the writer puts the index in.
    """

    body: bytes
    nonce: bytes
    detail: bytes
    answer: bytes
    ask_id: int = 0


class Note(_Message, frozen=True, tag=3):
    """Record anything else; with `ask` in its envelope it closes that ASK."""

    body: bytes
    nonce: bytes
    detail: bytes


class Release(_Message, frozen=True, tag=4):
    """Give an ASK of this connection up: it becomes ABANDONED, its query id free."""

    ask: int


class Head(_Message, frozen=True, tag=5):
    """Ask for the last checkpoint."""


class Proof(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entry's place in a signed tree; hashes are joined, 32 bytes each."""

    index: int
    size: int
    hashes: bytes
    checkpoint: bytes


class Asked(_Message, frozen=True, tag=11):
    """The question is durable at `index`."""

    index: int


class Replayed(_Message, frozen=True, tag=12):
    """The question is durable and was answered before: the stored answer and its proof."""

    index: int
    answer: bytes
    entry: bytes
    proof: Proof


class Conflicted(_Message, frozen=True, tag=13):
    """The query id belongs to another question; nothing was recorded."""


class Busy(_Message, frozen=True, tag=14):
    """The same question is in progress; nothing was recorded."""


class Answered(_Message, frozen=True, tag=15):
    """The answer is durable and may be released."""

    proof: Proof


class Noted(_Message, frozen=True, tag=16):
    """The note is durable at `index`."""

    index: int


class HeadIs(_Message, frozen=True, tag=17):
    """The last signed checkpoint."""

    checkpoint: bytes


class Refused(_Message, frozen=True, tag=18):
    """Nothing was recorded; `down` says that the log as a whole is out of order."""

    reason: str
    down: bool


Request = Ask | Answer | Note | Release | Head
Reply = Asked | Replayed | Conflicted | Busy | Answered | Noted | HeadIs | Refused

_ENCODER = msgspec.msgpack.Encoder()
_REQUESTS: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_REPLIES: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def encode(message: Request | Reply) -> bytes:
    """Return one frame: the length (4 bytes, big-endian) and the message."""
    body = _ENCODER.encode(message)
    return len(body).to_bytes(PREFIX, "big") + body


class Reassembly:
    """Collects received bytes and yields the frames that are whole."""

    __slots__ = ("_buffer", "_max_frame", "_needed")

    def __init__(self, max_frame: int = MAX_FRAME) -> None:
        """Bound a frame to `max_frame` bytes without its prefix."""
        self._buffer = bytearray()
        self._needed = PREFIX
        self._max_frame = max_frame

    def feed(self, received: bytes) -> Iterator[memoryview]:
        """Yield each whole frame; raises FrameInvalid as soon as a length is too large."""
        self._buffer += received
        if len(self._buffer) < self._needed:
            return
        # A frame that waits for its rest costs no copy until the rest is here.
        view, at = memoryview(bytes(self._buffer)), 0
        self._needed = PREFIX
        while len(view) - at >= PREFIX:
            length = int.from_bytes(view[at : at + PREFIX], "big")
            if length > self._max_frame:
                msg = f"a frame of {length} bytes is over the limit of {self._max_frame}"
                raise FrameInvalid(msg)
            if len(view) - at - PREFIX < length:
                self._needed = PREFIX + length
                break
            yield view[at + PREFIX : at + PREFIX + length]
            at += PREFIX + length
        del self._buffer[:at]


def decode_request(frame: memoryview) -> Request:
    """Parse a request; raises FrameInvalid."""
    try:
        return _REQUESTS.decode(frame)
    except (msgspec.DecodeError, UnicodeError) as error:
        msg = f"not a request: {error}"
        raise FrameInvalid(msg) from error


def decode_reply(frame: memoryview) -> Reply:
    """Parse a reply; raises FrameInvalid."""
    try:
        return _REPLIES.decode(frame)
    except (msgspec.DecodeError, UnicodeError) as error:
        msg = f"not a reply: {error}"
        raise FrameInvalid(msg) from error
