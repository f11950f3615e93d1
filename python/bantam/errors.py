"""What can go wrong, by whose turn it is: the words are those of the command."""

from __future__ import annotations

__all__ = [
    "BantamError",
    "DataError",
    "DoNotUseWarning",
    "EnvironmentFailure",
    "GateError",
    "InternalError",
    "UsageError",
]


class BantamError(Exception):
    """Any failure of Bantam; ``exit_code`` is what the command would end with."""

    exit_code = 5


class GateError(BantamError):
    """Something ran to the end and did not pass, such as the made-up leads of an export."""

    exit_code = 1


class UsageError(BantamError, ValueError):
    """Arguments or config that make no sense."""

    exit_code = 2


class DataError(BantamError, ValueError):
    """Data or a card that cannot be used."""

    exit_code = 3


class EnvironmentFailure(BantamError, OSError):
    """Disk, lock or permission."""

    exit_code = 4


class InternalError(BantamError, RuntimeError):
    """A fault of ours."""


class DoNotUseWarning(UserWarning):
    """The verdict on a card is that it should not be used."""
