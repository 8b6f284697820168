"""Ways to run the command line: in this process, and as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from lookup.cli.main import main


@pytest.fixture
def run(capsys):
    """Run a command in this process; returns exit code, standard output, standard error."""

    def run(*arguments):
        code = main([str(a) for a in arguments])
        return code, *capsys.readouterr()

    return run


@pytest.fixture
def spawn():
    """Run a command as its own process with a clean environment."""

    def spawn(*arguments, stdin="", **environment):
        return subprocess.run(
            [sys.executable, "-c", "import sys; from lookup.cli.main import main; sys.exit(main())"]
            + [str(a) for a in arguments],
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            timeout=120,
            check=False,
            env={"PATH": os.environ["PATH"], **environment},
        )

    return spawn
