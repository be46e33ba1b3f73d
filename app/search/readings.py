"""A search as it is read at first, and read anew where no house has all of its words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.search import asked as reading
from app.search.asked import Asked
from app.search.items import Item
from app.search.relaxing import relaxed
from app.search.vacancies import Result, Timings, vacancies
from app.text import fold

# Nobody waits for a second reading of what took so long already.
LONGEST_MS = 300.0


def search(arguments: Mapping[str, str], timings: Timings) -> tuple[Asked, Result | None]:
    """Return what was asked and its answer; no answer where something asked is at fault.

    "khách sạn Lá Xanh bãi sau" is read as the name of a house. Where there is none like it, a
    hotel near Bãi Sau was wanted, "Lá Xanh" or not.
    """
    asked = reading.read(arguments)
    if asked.wish is None:
        return asked, None
    result = vacancies(asked.wish, timings)
    if result.total == 0 and not asked.wish.words:
        return asked, relaxed(asked, timings) or result
    is_full = result.total > 0 and not result.found.loosened
    if is_full or not asked.wish.words or sum(timings.parts.values()) > LONGEST_MS:
        return asked, result
    return _second(arguments, asked, result, timings)


def _second(
    arguments: Mapping[str, str], asked: Asked, result: Result, timings: Timings
) -> tuple[Asked, Result]:
    assert asked.wish is not None
    other = reading.read(arguments, asked.wish.now, names=False)
    if other.wish is None or not other.words.chips:
        return asked, result
    # "yên tĩnh" alone keeps no hotel out: many are, and few say so.
    describes = not any(letter.isalpha() for letter in other.words.name)
    if other.wish != asked.wish:
        again = vacancies(other.wish, timings)
        if again.total and not (describes and again.found.loosened):
            return other, again
    elif result.total and not describes:
        return asked, result
    if not describes and any(_is_named(item, other.wish.words) for item in result.items):
        return asked, result
    # Nothing has the words that remain: the rest of the wish is answered, and that is said.
    without = vacancies(replace(other.wish, text=""), timings)
    without.found.loosened = without.total > 0
    if without.total:
        return other, without
    less = relaxed(other, timings)
    return (other, less) if less else (asked, result)


def _is_named(item: Item, words: list[str]) -> bool:
    """Whether a house has all these words in its name."""
    return set(words) <= set(fold(f"{item.name} {item.name_en or ''}").split())
