from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lookup.audit.frames import (
    Answer,
    Answered,
    Ask,
    Asked,
    FrameInvalid,
    Head,
    Note,
    Proof,
    Reassembly,
    Refused,
    Release,
    Replayed,
    decode_reply,
    decode_request,
    encode,
)

REQUESTS = [
    Ask(1, b"digest", b"body", b"nonce", b"detail"),
    Answer(2, b"body", b"nonce", b"detail", b"answer"),
    Note(3, b"body", b"nonce", b"detail"),
    Release(4, 17),
    Head(5),
]
PROOF = Proof(3, 9, b"h" * 64, b"note")
REPLIES = [
    Asked(1, 7),
    Replayed(2, 8, b"answer", b"entry", PROOF),
    Answered(3, PROOF),
    Refused(4, "reason", down=True),
]


@given(st.lists(st.sampled_from(REQUESTS), max_size=10), st.data())
def test_frames_survive_any_fragmentation(requests, data):
    stream = b"".join(map(encode, requests))
    frames, got = Reassembly(), []
    while stream:
        cut = data.draw(st.integers(1, len(stream)))
        got += [decode_request(frame) for frame in frames.feed(stream[:cut])]
        stream = stream[cut:]
    assert got == requests


@pytest.mark.parametrize("reply", REPLIES)
def test_replies_round_trip(reply):
    (frame,) = Reassembly().feed(encode(reply))
    assert decode_reply(frame) == reply


def test_a_length_over_the_limit_is_refused_before_its_bytes_come():
    frames = Reassembly(max_frame=10)
    assert list(frames.feed((10).to_bytes(4, "big") + b"x" * 10)) == [b"x" * 10]
    with pytest.raises(FrameInvalid, match="over the limit"):
        list(frames.feed((11).to_bytes(4, "big")))


@given(st.binary(max_size=60))
def test_garbage_never_does_more_than_raise(garbage):
    for decode in (decode_request, decode_reply):
        try:
            decode(memoryview(garbage))
        except FrameInvalid:
            continue


@pytest.mark.parametrize(
    "frame", [b"", b"\xc1", b"\x93\x01", b"\x92\x63\x01", encode(Asked(1, 2))[4:]]
)
def test_what_is_no_request(frame):
    with pytest.raises(FrameInvalid):
        decode_request(memoryview(frame))
