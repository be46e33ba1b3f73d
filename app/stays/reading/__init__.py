"""Reading dirty lists of guests: rows of texts become the fields of a guest and problems; pure.

``read_paste(text, today, units)`` reads what was pasted; ``read_rows(rows, today, units)`` a table
of cells; ``Reader(columns, today, units).read(cells)`` one row. See :class:`ReadGuest` for the
names of the fields. Nothing here stores or logs what it reads.
"""

from __future__ import annotations

from app.stays.reading.columns import Columns, columns_of, find_columns, is_example
from app.stays.reading.guessing import guess_columns
from app.stays.reading.paste import read_paste, read_rows, split_paste
from app.stays.reading.problems import Problem
from app.stays.reading.rows import Reader, ReadGuest

__all__ = [
    "Columns",
    "Problem",
    "ReadGuest",
    "Reader",
    "columns_of",
    "find_columns",
    "guess_columns",
    "is_example",
    "read_paste",
    "read_rows",
    "split_paste",
]
