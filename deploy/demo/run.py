"""`make demo`: a gateway with its sources as real processes, asked, interrupted and verified."""

import os
import signal
import sys


def main() -> int:
    """Until there is something to end in order, a signal simply ends this process."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: os._exit(128 + number))
    import play

    return play.main(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
