"""Tables in and out: whatever has the Arrow PyCapsule interface, a path, or columns by their names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from bantam import _bantam
from bantam.errors import DataError

__all__ = ["Table", "give_back", "source_of"]


class Table:
    """A table that any frame library takes: ``polars.DataFrame(table)``, ``pandas.DataFrame.from_arrow(table)``,
    ``pyarrow.table(table)``.

    >>> import bantam
    >>> table = bantam.Table({"budget": ["approved", None], "clicks": [4, 0]})
    >>> len(table), table.column_names
    (2, ['budget', 'clicks'])
    """

    def __init__(self, frame: object) -> None:
        held = source_of(frame)
        if not isinstance(held, _bantam.Table):
            raise TypeError("a Table is made of a frame, not of a path")
        self._held = held

    @classmethod
    def _of(cls, held: _bantam.Table) -> Table:
        table = cls.__new__(cls)
        table._held = held
        return table

    @property
    def column_names(self) -> list[str]:
        """Names of the columns."""
        return self._held.column_names

    def __len__(self) -> int:
        return len(self._held)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._held.__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._held.__arrow_c_schema__()

    def to_polars(self) -> Any:
        """As a polars DataFrame."""
        import polars

        return polars.DataFrame(self)

    def to_pandas(self) -> Any:
        """As a pandas DataFrame."""
        import pandas

        if hasattr(pandas.DataFrame, "from_arrow"):
            return pandas.DataFrame.from_arrow(self)
        return self.to_pyarrow().to_pandas()

    def to_pyarrow(self) -> Any:
        """As a pyarrow Table."""
        import pyarrow

        return pyarrow.table(self)

    def __repr__(self) -> str:
        return f"<bantam.Table: {len(self):,} rows of {', '.join(self.column_names)}>"


def library_of(frame: object) -> str:
    """The library a frame is of: polars, pandas, pyarrow; anything else is nobody's."""
    for kind in type(frame).__mro__:
        library = kind.__module__.partition(".")[0]
        if library in ("polars", "pandas", "pyarrow"):
            return library
    return ""


def give_back(held: _bantam.Table, library: str) -> Any:
    """The table as a frame of this library."""
    table = Table._of(held)
    make = {"polars": table.to_polars, "pandas": table.to_pandas, "pyarrow": table.to_pyarrow}.get(library)
    return make() if make else table


def source_of(frame: object) -> _bantam.Table | str:
    """A table for the engine, or the path of one."""
    if isinstance(frame, (str, os.PathLike)):
        path = os.fspath(frame)
        if isinstance(path, str):
            return path
    if isinstance(frame, Table):
        return frame._held
    if library_of(frame) == "polars" and hasattr(frame, "collect"):
        frame = frame.collect()
    # Without pyarrow pandas has the interface, and fails when it is used.
    if hasattr(frame, "__arrow_c_stream__") and not (library_of(frame) == "pandas" and not _has_pyarrow()):
        try:
            return _bantam.Table(frame)
        except (KeyboardInterrupt, MemoryError):
            raise
        except Exception as error:
            first = str(error).strip().partition("\n")[0]
            raise DataError(
                f"the frame cannot be read as an Arrow table: {first}\n"
                "hint: give every column one type; a column of mixed values can be made text"
            ) from error
    columns = _columns_of(frame)
    if columns is None:
        raise TypeError(
            f"{type(frame).__name__} is no table: give a frame with the Arrow PyCapsule interface (polars, pandas, pyarrow, "
            "DuckDB), a dict of columns, or a path"
        )
    named = [(str(name), *_kind_of(values)) for name, values in columns]
    n_rows = len(named[0][2]) if named else 0
    return _bantam.table_of_columns(named, n_rows)


def _has_pyarrow() -> bool:
    import importlib.util

    return importlib.util.find_spec("pyarrow") is not None


def _columns_of(frame: Any) -> Iterator[tuple[object, Any]] | None:
    if isinstance(frame, Mapping):
        return iter(frame.items())
    if library_of(frame) == "pandas" and hasattr(frame, "items"):
        return ((name, _plain(column)) for name, column in frame.items())
    return None


def _plain(column: Any) -> Any:
    """A pandas column as a numpy array."""
    return column.to_numpy()


def _kind_of(values: Any) -> tuple[str, Any]:
    """How the engine takes a column, and its values in that form."""
    dtype = getattr(values, "dtype", None)
    kind = getattr(dtype, "kind", None)
    if kind == "f":
        return "float", values.astype("float64")
    if kind == "i" or (kind == "u" and dtype is not None and dtype.itemsize < 8):
        return "int", values.astype("int64")
    if kind == "u":
        return "float", values.astype("float64")
    if kind == "b":
        return "bool", values.astype("uint8")
    if kind == "M":
        return "time", values.astype("datetime64[us]").astype("int64")
    if hasattr(values, "tolist"):
        return "objects", values.tolist()
    return "objects", list(values)
