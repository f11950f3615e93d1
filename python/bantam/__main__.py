"""The command ``bantam``."""

from __future__ import annotations

import signal
import sys

from bantam import _bantam


def main() -> None:
    """Runs the command with the arguments of this process."""
    # As in the program: an interrupt ends it at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    sys.exit(_bantam.command(["bantam", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
