"""Workbooks to hand out: a cell is the text it shows, never a formula, a number or a link."""

from __future__ import annotations

from typing import IO

import xlsxwriter


def plain_workbook(file: IO[bytes]) -> xlsxwriter.Workbook:
    """Return a workbook that is written to the file when it is closed."""
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    return xlsxwriter.Workbook(file, options)
