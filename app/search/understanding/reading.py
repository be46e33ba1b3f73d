"""Reading a sentence from left to right: at each word the longest thing it can mean."""

import unicodedata
from collections.abc import Callable

from app.search.understanding.features import read_amenity, read_kind, read_stars
from app.search.understanding.money import read_price
from app.search.understanding.people import read_people, read_rooms
from app.search.understanding.places import read_place
from app.search.understanding.sentence import Match, Sentence
from app.search.understanding.stays import read_stay
from app.search.understanding.vocabulary import Found

Reader = Callable[[Sentence, int], Match | None]

# Where two readings are equally long the earlier one counts.
READERS: tuple[Reader, ...] = (
    read_stay,
    read_people,
    read_rooms,
    read_stars,
    read_place,
    read_amenity,
    read_kind,
)
_PLAIN_FIELDS = ("everywhere", "opinion", "describing")
# What follows these is wished for, and no name even where it means nothing known.
_WISHED_AFTER = {"gần", "gan", "near", "có", "with", "cách"}
# Words that lead something in, left over where nothing followed them.
_LEADING = (
    "asking",
    "filler",
    "near",
    "away",
    "in",
    "on_street",
    "within",
    "distance_from",
    "from_day",
    "to_day",
    "below",
    "above",
    "about",
    "between",
    "to_money",
    "price",
    "per_night",
    "at_least",
    "or",
    "for",
    "joined_by",
    "amenity_before",
    "day_before",
    "negation",
    "check_in",
    "check_out",
    "former",
    "which_day_before",
    "which_day",
    "this_month",
)


def read(sentence: Sentence, usd_rate: int | None, held: set[int]) -> list[Match]:
    """The matches of a sentence, in order, none over the tokens `held` by a name."""
    sentence.taken.clear()
    sentence.held = held
    matches: list[Match] = []
    at = 0
    while at < len(sentence):
        match = None if at in held else _longest(sentence, at, usd_rate, held)
        if match is None:
            at += 1
            continue
        if matches and _continues_list(sentence, matches, match):
            match = Match(match.start, match.end, match.field, match.value, match.weak, True)
        matches.append(match)
        sentence.take(match)
        at = match.end
    return matches


def _longest(sentence: Sentence, at: int, usd_rate: int | None, held: set[int]) -> Match | None:
    if not sentence.found(at) and sentence.is_mark(at, ",", ";", ":", "?", "!"):
        return None
    readings = [reading for reader in READERS if (reading := reader(sentence, at)) is not None]
    price = read_price(sentence, at, usd_rate)
    readings = [*readings, *([price] if price else []), *_plain(sentence, at)]
    free = (r for r in readings if held.isdisjoint(range(r.start, r.end)))
    return max(free, key=lambda match: match.end, default=None)


def _plain(sentence: Sentence, at: int) -> list[Match]:
    """Words that carry little: fillers, praise, descriptions."""
    readings = []
    for name in _PLAIN_FIELDS:
        if found := sentence.find(at, name):
            readings.append(Match(at, found.end, name, found.value))
    if sentence.number(at) is not None and (minutes := sentence.find(at + 1, "minutes")):
        readings.append(Match(at, minutes.end, "filler", None))
    if _is_hour(sentence, at):
        readings.append(Match(at, at + 2, "filler", None))
    if found := sentence.find(at, *_LEADING):
        readings.append(Match(at, found.end, "filler", _role(sentence, found)))
    return readings


def _is_hour(sentence: Sentence, at: int) -> bool:
    """ "22h", when one means to come; "3H" may be a name."""
    hour, unit = sentence.number(at), sentence.token(at + 1)
    return hour is not None and 10 <= hour <= 23 and unit is not None and unit.folded == "h"


def _role(sentence: Sentence, found: Found) -> str | None:
    """Whether a small word leads in a wish, or is what anybody says who asks for a room."""
    typed = unicodedata.normalize("NFC", sentence.tokens[found.start].text).lower()
    if typed in _WISHED_AFTER:
        return "wish"
    return "asking" if found.field == "asking" else None


def _continues_list(sentence: Sentence, matches: list[Match], match: Match) -> bool:
    """ "có hồ bơi, bbq và karaoke": what "có" leads in goes on over commas and "và"."""
    if match.field != "amenity" or match.bound:
        return False
    before = [m for m in matches if m.field != "filler"]
    if not before or before[-1].field != "amenity" or not before[-1].bound:
        return False
    between = sentence.tokens[before[-1].end : match.start]
    return all(token.folded in {",", "va", "and", "+", "&", "voi", "-"} for token in between)
