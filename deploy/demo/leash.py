"""Runs a command that ends with the process that started it: `leash.py SIGNAL PARENT COMMAND`."""

import ctypes
import os
import signal
import sys

PDEATHSIG = 1


def main() -> None:
    """Become the command; the kernel sends it SIGNAL when PARENT is gone."""
    number, parent, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(PDEATHSIG, int(number))
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_DFL)
    if os.getppid() == int(parent):
        os.execv(command[0], command)


if __name__ == "__main__":
    main()
