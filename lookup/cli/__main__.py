"""`python -m lookup.cli` is `lookup`."""

import sys

from lookup.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
