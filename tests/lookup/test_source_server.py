"""A list served over SourceService: what it refuses, what it reads again, how it stops."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time

import grpc
import pytest

from lookup.errors import ConfigError
from lookup.source_server import run
from lookup.v1 import source_service_pb2 as pb
from lookup.v1 import source_service_pb2_grpc as rpc

HEAD = "DIN,Issuing Country,Document Type,Type of Fraud\n"
PROGRAM = """
import sys
from pathlib import Path
from lookup.source_server import run
sys.exit(run(Path(sys.argv[1]), "papers", sys.argv[2]))
"""


@pytest.fixture
def config(tmp_path):
    (tmp_path / "papers.csv").write_text(HEAD + "X1,UTO,Passport,Stolen Blank\n")
    path = tmp_path / "gateway.toml"
    path.write_text(
        '[sources.papers]\nkind = "documents"\npath = "papers.csv"\nrefresh = "1ms"\n'
        '[sources.far]\nkind = "remote"\naddress = "localhost:1"\nsubjects = ["person"]\n'
    )
    return path


@pytest.fixture
def serve(config):
    begun = []

    def begin(listen="127.0.0.1:0"):
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(config), listen],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        begun.append(process)
        return process, process.stdout.readline().rpartition(" ")[2].strip()

    yield begin
    for process in begun:
        if process.poll() is None:
            process.kill()
        process.wait(30)
        process.stdout.close()


def held(address):
    with grpc.insecure_channel(address) as channel:
        return rpc.SourceServiceStub(channel).Describe(pb.DescribeRequest(), timeout=30).records


def until(done):
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end, "still not"
        time.sleep(0.02)


def test_a_list_is_read_again_when_its_file_changes(serve, tmp_path):
    _, address = serve()
    until(lambda: held(address) == 1)
    (tmp_path / "papers.csv").write_text(
        HEAD + "".join(f"X{n},UTO,Passport,Stolen Blank\n" for n in range(3))
    )
    until(lambda: held(address) == 3)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_ends_it_in_order(serve, number):
    process, address = serve()
    assert held(address) >= 0
    process.send_signal(number)
    assert process.wait(60) == 0


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent", "no source is called 'absent'; known: papers, far"),
        ("far", r"\[sources.far\]: kind 'remote' is no list of files"),
    ],
)
def test_what_cannot_be_served_is_named(config, name, message):
    kept = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    with pytest.raises(ConfigError, match=message):
        run(config, name, "127.0.0.1:0")
    assert {n: signal.getsignal(n) for n in kept} == kept


def test_an_address_in_use_is_an_error(config):
    kept = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        with socket.socket() as theirs:
            theirs.bind(("127.0.0.1", 0))
            theirs.listen()
            address = f"127.0.0.1:{theirs.getsockname()[1]}"
            with pytest.raises(ConfigError, match=f"cannot listen on {address}"):
                run(config, "papers", address)
    finally:
        for number, previous in kept.items():
            signal.signal(number, previous)
