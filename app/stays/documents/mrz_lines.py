"""From pasted or scanned text to the lines of one of the five ICAO 9303 formats; pure.

Readers and people bend the lines: blanks inside, lower case, fillers lost at the end or seen as
«, all in one line. What can be straightened in one way only is; letters and digits never are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_ALPHABET = re.compile(r"[A-Z0-9<]+")
_LONGEST = 50


@dataclass(frozen=True, slots=True)
class Format:
    """Size of a format, and the least that is left of each line once fillers at its end are lost.

    A line that ends with a check digit can't lose any: its least is its width.
    """

    kind: str
    width: int
    least: tuple[int, ...]

    @property
    def rows(self) -> int:
        return len(self.least)


FORMATS = (
    Format("mrz_td3", 44, (6, 44)),
    Format("mrv_a", 44, (6, 28)),
    Format("mrz_td2", 36, (6, 36)),
    Format("mrv_b", 36, (6, 28)),
    Format("mrz_td1", 30, (15, 30, 1)),
)


@dataclass(frozen=True, slots=True)
class Lines:
    """Text cut to a format; ``changed`` counts the fillers that had to be added or dropped."""

    kind: str
    rows: tuple[str, ...]
    changed: int


def candidates(text: str) -> list[Lines]:
    """Return the ways to see lines of a format in a text: none, one, or some to choose from."""
    rows = _rows(text)
    if not rows or len(rows) > _LONGEST:
        return []
    found = [lines for form in FORMATS if (lines := _by_row(rows, form))]
    if not found:
        found = [lines for form in FORMATS for lines in _joined(rows, form)]
        least = min((lines.changed for lines in found), default=0)
        found = [lines for lines in found if least or not lines.changed]
    return [lines for lines in found if _is_visa(lines.rows[0]) == lines.kind.startswith("mrv")]


def looks_like_lines(text: str) -> bool:
    """Whether a text was meant as machine-readable lines, though none of the sizes fits."""
    joined = "".join("".join(_rows(text)).split()).replace("«", "<")
    return joined.count("<") >= 3 and _ALPHABET.fullmatch(joined) is not None


def _is_visa(first: str) -> bool:
    return first.startswith("V")


def _rows(text: str) -> list[str]:
    """Return the lines in capitals, without invisible characters and empty lines."""
    plain = unicodedata.normalize("NFKC", text).upper().replace("&LT;", "<")
    plain = plain.translate({ord("‹"): "<", ord("〈"): "<", ord("《"): "«", ord("≪"): "«"})
    kept = "".join(c for c in plain if c.isspace() or unicodedata.category(c)[0] != "C")
    return [row.strip() for row in kept.splitlines() if row.strip()]


def _spellings(row: str) -> Iterator[str]:
    """Yield what a line may mean: blanks are noise or lost fillers, « is two fillers or one."""
    # Where no filler is left, something has made blanks of them.
    for blank in ("", "<") if "<" in row or "«" in row else ("<", ""):
        whole = re.sub(r"\s", blank, row)
        for fillers in ("<<", "<"):
            spelt = whole.replace("«", fillers)
            if _ALPHABET.fullmatch(spelt):
                yield spelt


def _by_row(rows: list[str], form: Format) -> Lines | None:
    if len(rows) != form.rows:
        return None
    fitted = [_fitted(row, form.width, least) for row, least in zip(rows, form.least, strict=True)]
    whole = [row for row in fitted if row is not None]
    if len(whole) < form.rows:
        return None
    return Lines(form.kind, tuple(row for row, _ in whole), sum(changed for _, changed in whole))


def _fitted(row: str, width: int, least: int) -> tuple[str, int] | None:
    """Return the line at its width and how many fillers that took, or None."""
    spelt = list(dict.fromkeys(_spellings(row)))
    exact = next((line for line in spelt if len(line) == width), None)
    if exact:
        return exact, 0
    for line in spelt:
        changed = abs(len(line) - width)
        if len(line) > width and not line[width:].strip("<") and least < width:
            return line[:width], changed
        if least <= len(line) < width:
            return line.ljust(width, "<"), changed
    return None


def _ends_fit(rows: list[str], width: int) -> bool:
    return all(len(re.sub(r"\s", "", row)) % width == 0 for row in rows[:-1])


def _joined(rows: list[str], form: Format) -> Iterator[Lines]:
    """Yield the text as one line that is cut anew; only its last line may lack fillers.

    Where the text comes in lines of its own and something is missing, they must end where the
    format's do: two lines of another size are no three.
    """
    size = form.width * form.rows
    least = size - form.width + form.least[-1]
    for line in dict.fromkeys(_spellings("".join(rows))):
        if least <= len(line) <= size and (len(line) == size or _ends_fit(rows, form.width)):
            whole = line.ljust(size, "<")
            cut = tuple(whole[at : at + form.width] for at in range(0, size, form.width))
            yield Lines(form.kind, cut, size - len(line))
