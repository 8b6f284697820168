"""The course of the demonstration, from the first process to the verified log."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from as_toml import dumps
from folder import fresh
from memory import resident
from samples import scene as sample_scene
from scene import Answer, Faults, Question, Scene, differences
from show import Programme
from stage import Actor, Failed, Interrupted, Stage

from lookup.cli import receipts
from lookup.client import (
    CheckResponse,
    Client,
    LookupFailed,
    Proven,
    Source,
    SourceStatus,
    StreamCheckRequest,
    receipt_of,
)

ROOT = Path(__file__).resolve().parents[2]
TRUTH = Path(__file__).with_name("truth.json")
_CALL_SECONDS = 5.0
_AUDIT_SECONDS = 60.0


def main(arguments: Sequence[str]) -> int:
    """Run the demonstration; 0 if every answer was as the truth says and everything verified."""
    given = _arguments(arguments)
    begun = time.monotonic()
    programme = Programme()
    stage = None
    try:
        folder = fresh(given.folder.absolute())
        stage = Stage(folder)
        play = Play(_scene(given), folder, stage, programme)
        code = play.run()
        programme.say(f"{'done' if not code else 'FAILED'} in {time.monotonic() - begun:.1f} s")
    except (Failed, LookupFailed) as failed:
        programme.fault(f"FAILED: {failed}")
        code = 1
    except Interrupted as interrupted:
        programme.say("interrupted; stopping everything")
        code = 128 + int(interrupted.args[0])
    finally:
        if stage is not None:
            stage.end()
    return code


def _arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / ".demo", help="state of the run")
    parser.add_argument("--truth", type=Path, default=TRUTH, help="what every answer must be")
    lists = os.environ.get("LISTS") or None
    parser.add_argument("--lists", type=Path, default=lists, help="folder of real lists")
    return parser.parse_args(arguments)


def _scene(given: argparse.Namespace) -> Scene:
    if given.lists is None:
        return sample_scene(given.truth)
    from real import scene

    return scene(given.lists)


class Play:
    """One run: the processes, the answers so far, and what was not as expected."""

    def __init__(self, scene: Scene, folder: Path, stage: Stage, programme: Programme) -> None:
        self._scene = scene
        self._folder = folder
        self._stage = stage
        self._programme = programme
        self._wrong: list[str] = []
        self._asked = 0
        self._shown: Proven[CheckResponse] | None = None

    def run(self) -> int:
        """Everything in its order; 0 if nothing was wrong."""
        for remark in self._scene.remarks:
            self._programme.say(remark)
        owner = self._start_owner()
        gateway, target = self._start_gateway()
        with Client(target, timeout=_CALL_SECONDS) as client:
            self._load(client, owner, gateway)
            self._programme.chapter("checks")
            questions, faults = self._scene.script()
            for question in questions:
                self._ask(client, question)
            self._break_source(client, faults, owner, gateway)
        self._show_in_full()
        self._stop_and_verify(gateway)
        return self._verdict()

    def _start_owner(self) -> Actor:
        tables = {"gateway": {"name": "owner"}, **self._scene.owner}
        tables["gateway"] = {**tables["gateway"], "state": str(self._folder / "owner")}
        (self._folder / "owner.toml").write_text(dumps(tables), encoding="utf-8")
        return self._serve_owner("owner")

    def _serve_owner(self, actor: str) -> Actor:
        name, config = self._scene.apart, str(self._folder / "owner.toml")
        command = ("lookup.cli", "source", "serve", name, "--config", config)
        return self._stage.start(actor, *command, "--listen", f"unix:{self._socket}")

    @property
    def _socket(self) -> Path:
        return self._folder / "owner.sock"

    def _start_gateway(self) -> tuple[Actor, str]:
        tables = {name: dict(table) for name, table in self._scene.gateway.items()}
        tables["gateway"]["state"] = str(self._folder / "state")
        apart = {**tables["sources"][self._scene.apart], "address": f"unix:{self._socket}"}
        tables["sources"][self._scene.apart] = apart
        config = self._folder / "gateway.toml"
        config.write_text(dumps(tables), encoding="utf-8")
        gateway = self._stage.start("gateway", "lookup.cli", "serve", "--config", str(config))
        target = self._stage.heard(gateway, r"serving on (\S+)")
        self._programme.say(
            f"gateway on {target}, {tables['gateway']['workers']} worker processes; "
            f"source {self._scene.apart} in a process of its own"
        )
        return gateway, target

    def _load(self, client: Client, *actors: Actor) -> None:
        begun = time.monotonic()
        ready = partial(self._loaded, client)
        seconds = self._scene.loading_seconds
        self._stage.wait(ready, "the lists are not loaded", *actors, seconds=seconds)
        found = list(client.list_sources())
        self._programme.chapter("lists")
        self._programme.sources(found, _load_seconds(actors[-1]))
        held = f"{sum(source.records for source in found):,} records"
        memory = sum(resident(actor.process.pid) for actor in actors) / 2**20
        self._programme.say(
            f"{held} loaded in {time.monotonic() - begun:.1f} s; resident memory of all "
            f"processes {memory:,.0f} MiB, shared pages counted once"
        )
        for source in found:
            if source.status != SourceStatus.SOURCE_STATUS_ANSWERED:
                self._note(f"{source.name} is not ready: {source.note or 'no reason given'}")

    def _loaded(self, client: Client) -> bool:
        return not any(map(_waiting, client.list_sources()))

    def _ask(self, client: Client, question: Question) -> None:
        begun = time.monotonic()
        proven = client.check_with_proof(question.request())
        self._took(question, proven.message, time.monotonic() - begun)
        if self._shown is None or question.key == self._scene.shown:
            self._shown = proven

    def _took(self, question: Question, answer: Answer, seconds: float) -> None:
        found = differences(question.expected, answer)
        self._programme.row(question.title, answer, seconds, found)
        self._asked += 1
        self._wrong += [question.key] * bool(found)

    def _note(self, fault: str) -> None:
        self._programme.fault(fault)
        self._wrong.append(fault)

    def _break_source(self, client: Client, faults: Faults, owner: Actor, gateway: Actor) -> None:
        """Stop, kill and restart the source that has a process of its own."""
        name = self._scene.apart
        self._programme.chapter(f"the process of {name} is stopped by a signal (SIGSTOP)")
        owner.send(signal.SIGSTOP)
        self._stream(client, faults.streamed)
        self._ask(client, faults.stopped)
        code = self._stage.stop(owner, signal.SIGKILL)
        self._programme.chapter(f"it is killed (exit code {code}), and started again")
        self._ask(client, faults.killed)
        again = self._serve_owner("owner_again")
        ready = partial(self._loaded, client)
        self._stage.wait(ready, f"{name} does not come back", again, gateway, seconds=30)
        self._ask(client, faults.back)

    def _stream(self, client: Client, question: Question) -> None:
        """The first snapshot must come before the source that hangs is given up."""
        request = StreamCheckRequest.FromString(question.request().SerializeToString())
        begun = time.monotonic()
        first, heard = 0.0, ""
        for number, snapshot in enumerate(client.stream_check(request), 1):
            if number == 1:
                first = time.monotonic() - begun
                heard = ", ".join(o.source for o in snapshot.outcomes)
                early = not snapshot.final and self._scene.apart not in heard.split(", ")
        self._took(question, snapshot, time.monotonic() - begun)
        self._programme.say(
            f"   {number} snapshots, the first after {first * 1000:,.0f} ms from: {heard}"
        )
        if not early:
            self._note(f"{question.key}: the first snapshot waited for {self._scene.apart}")

    def _show_in_full(self) -> None:
        if self._shown is None:
            raise Failed(f"no answer to show: {self._scene.shown}")
        self._programme.chapter("one answer as an operator sees it")
        self._programme.screen(self._shown.message)
        receipts.save(self._folder / "receipt.json", self._shown)
        receipt = receipt_of(self._shown)
        assert receipt is not None
        (self._folder / "witness.txt").write_text(receipt.checkpoint, encoding="utf-8")

    def _stop_and_verify(self, gateway: Actor) -> None:
        audit = self._folder / "state" / "audit"
        key = self._folder / "log.pub"
        shutil.copy(audit / "log.pub", key)
        codes = {"gateway": self._stage.stop(gateway), **self._stage.end()}
        self._programme.chapter("stopped; the receipt of that answer and the whole log, offline")
        witness = str(self._folder / "witness.txt")
        self._verify("receipt", str(self._folder / "receipt.json"), "--key", str(key))
        self._verify("verify", str(audit), "--key", str(key), "--witness", witness)
        ended = ", ".join(f"{name} {code}" for name, code in codes.items())
        self._programme.say(f"exit codes: {ended}")
        for name, code in codes.items():
            if code:
                self._note(f"{name} ended with exit code {code}")

    def _verify(self, command: str, *rest: str) -> None:
        actor = self._stage.start(f"audit-{command}", "lookup.cli", "audit", command, *rest)
        done = actor.process.poll
        self._stage.wait(lambda: done() is not None, "it takes too long", seconds=_AUDIT_SECONDS)
        self._programme.say(actor.said.read_text(encoding="utf-8").strip())
        if actor.process.returncode:
            self._note(f"lookup audit {command}: {actor.log.read_text(errors='replace').strip()}")

    def _verdict(self) -> int:
        if self._wrong:
            self._programme.fault("not as expected: " + "; ".join(dict.fromkeys(self._wrong)))
            return 1
        self._programme.say(f"all {self._asked} checks are as expected", "bold green")
        return 0


def _waiting(source: Source) -> bool:
    """Whether a source will be ready by itself; a list that was refused says why."""
    if source.status == SourceStatus.SOURCE_STATUS_LOADING:
        return source.note in {"", f"{source.name} has not been loaded yet"}
    return source.status in {
        SourceStatus.SOURCE_STATUS_UNAVAILABLE,
        SourceStatus.SOURCE_STATUS_TIMED_OUT,
    }


def _load_seconds(gateway: Actor) -> dict[str, float]:
    """How long each list took, from the gateway's log."""
    found = {}
    for line in gateway.log.read_text(encoding="utf-8").splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if "source" in event and "seconds" in event:
            found[event["source"]] = float(event["seconds"])
    return found
