"""Names of houses inside a sentence: what belongs to a name must not become a filter."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.search.understanding.namebook import Meant
from app.search.understanding.sentence import Match, Sentence
from app.search.understanding.stays import Stay
from app.search.understanding.tokens import NUMBER, WORD
from app.text import fold

KnownNames = Callable[[str], bool]
NearestName = Callable[[str], Meant | None]

LONGEST_NAME = 12
# A house called "Mai" or "Đêm Nay" takes nobody's tomorrow or tonight away.
SHORTEST_OF_WORDS = 3
_INSIDE_NAMES = {"-", "–", "&", "'", "’", ".", "+", "(", ")", '"'}
# What may be part of a name, as in "Seaside 5 Sao Vũng Tàu Resort & Spa".
_ABSORBABLE = {"kind", "stars", "unit", "near", "amenity", "describing", "opinion", "everywhere"}
_NAMES_OF_DAYS = {"mai", "mot"}
# What only somebody who looks for a room says, not somebody who types a name.
_WISHES = {"dates", "price", "people", "rooms", "ignored"}
# A name made of these alone is what anybody would type: "khách sạn Vũng Tàu".
# Words that mean nothing, and so may be a slip of a name's.
_OPEN = {"", "text"}
LONGEST_TYPED = 20
_GENERIC = {"kind", "unit", "near", "filler", "opinion", "everywhere"}


def protected(sentence: Sentence, known: KnownNames | None, plain: list[Match]) -> set[int]:
    """Tokens that spell the full name of a house; `plain` is the sentence read without names."""
    if known is None:
        return set()
    generic = {i for m in plain if m.field in _GENERIC for i in range(m.start, m.end)}
    meaningful = {i for m in plain for i in range(m.start, m.end)}
    held: set[int] = set()
    for length in range(min(LONGEST_NAME, len(sentence)), 0, -1):
        for start in range(len(sentence) - length + 1):
            span = range(start, start + length)
            if (
                held.isdisjoint(span)
                and not generic.issuperset(span)
                and not (length < SHORTEST_OF_WORDS and meaningful.issuperset(span))
                and _is_known(sentence, start, start + length, known)
            ):
                held.update(span)
    return held


def _is_known(sentence: Sentence, start: int, end: int, known: KnownNames) -> bool:
    tokens = sentence.tokens[start:end]
    if tokens[0].kind not in (WORD, NUMBER) or tokens[-1].kind not in (WORD, NUMBER):
        return False
    if len(tokens) == 1 and (tokens[0].kind == NUMBER or len(tokens[0].folded) < 3):
        return False
    return known(fold(sentence.text[tokens[0].start : tokens[-1].end]))


@dataclass(frozen=True, slots=True)
class Nearly:
    """Tokens that nearly spell a house's name, and that name."""

    held: set[int]
    name: str


def nearly_named(sentence: Sentence, nearest: NearestName, plain: list[Match]) -> Nearly | None:
    """The stretch that nearly spells the name of a house.

    Where all of it means something as it stands, only a name that has none of its letters wrong
    is seen in it: "ks gần biển" is no slip of "Gia Biển".
    """
    owner = _owners(plain)
    for start, end in _perhaps_names(sentence, plain, owner):
        text = sentence.text[sentence.tokens[start].start : sentence.tokens[end - 1].end]
        found = nearest(text)
        if found is None:
            continue
        fields = {owner[i].field if i in owner else "" for i in range(start, end)}
        if fields <= _GENERIC or (found.slips and not fields & _OPEN):
            continue
        return Nearly(set(range(start, end)), found.name)
    return None


def _perhaps_names(
    sentence: Sentence, plain: list[Match], owner: dict[int, Match]
) -> Iterator[tuple[int, int]]:
    """All of the sentence, then what stands between wishes that are no part of a name."""
    if len(sentence) <= LONGEST_TYPED:
        yield 0, len(sentence)
    wishes = {m for m in plain if m.field in _WISHES and not m.weak}
    asking = {m for m in plain if m.field == "filler" and m.value == "asking"}
    start: int | None = None
    for at in range(len(sentence) + 1):
        match = owner.get(at)
        # "Trùng Dương 24/12" may be read as a street, "đường 24/12": a date ends it all the same.
        is_date = sentence.number(at) is not None and sentence.is_mark(at + 1, "/")
        is_over = at == len(sentence) or match in wishes or match in asking or is_date
        if is_over and start is not None and end_of(sentence, start, at) - start < len(sentence):
            yield start, end_of(sentence, start, at)
            start = None
        elif not is_over and start is None and sentence.tokens[at].kind in (WORD, NUMBER):
            start = at


def end_of(sentence: Sentence, start: int, end: int) -> int:
    """Where a stretch ends without the marks that follow its last word."""
    while end > start + 1 and sentence.tokens[end - 1].kind not in (WORD, NUMBER):
        end -= 1
    return end


def without_names(sentence: Sentence, matches: list[Match], held: set[int]) -> list[Match]:
    """The matches that are no part of a name; what is dropped becomes text again."""
    dated = _dated_names(sentence, matches)
    matches = [match for match in matches if match not in dated]
    part_of_name: set[Match] = set()
    owner = _owners(matches)
    searching = any(map(_is_wish, matches))
    for start, end in _runs(sentence, owner):
        by_capitals = _has_capitals(sentence, start, end)
        is_held = not held.isdisjoint(range(start, end))
        if is_held or by_capitals or not searching:
            strict = is_held or (by_capitals and sentence.tells_by_capitals)
            part_of_name |= _neighbours(sentence, owner, start, end, strict)
    return [match for match in matches if match not in part_of_name]


def _owners(matches: list[Match]) -> dict[int, Match]:
    return {i: match for match in matches for i in range(match.start, match.end)}


def _is_wish(match: Match) -> bool:
    return match.bound or match.value == "wish" or (match.field in _WISHES and not match.weak)


def _runs(sentence: Sentence, owner: dict[int, Match]) -> list[tuple[int, int]]:
    """Stretches of words that mean nothing known, with the numbers and marks inside."""
    runs: list[tuple[int, int]] = []
    at = 0
    while at < len(sentence):
        if at in owner or not sentence.is_word(at):
            at += 1
            continue
        end = at + 1
        while end < len(sentence) and end not in owner and _continues(sentence, end):
            end += 1
        runs.append((at, end))
        at = end
    return runs


def _continues(sentence: Sentence, at: int) -> bool:
    token = sentence.tokens[at]
    return token.kind in (WORD, NUMBER) or token.text in _INSIDE_NAMES


def _has_capitals(sentence: Sentence, start: int, end: int) -> bool:
    """Whether a run is written as names are; the capital of a first word alone says nothing."""
    if sentence.is_shouted:
        return False
    return any(
        token.capital and (start + i > 0 or _next_is_capital(sentence, start + i))
        for i, token in enumerate(sentence.tokens[start:end])
    )


def _next_is_capital(sentence: Sentence, at: int) -> bool:
    token = sentence.token(at + 1)
    return token is not None and (token.capital or token.kind == NUMBER)


def _neighbours(
    sentence: Sentence, owner: dict[int, Match], start: int, end: int, strict: bool
) -> set[Match]:
    """The matches beside a name that are written as part of it, on either side."""
    taken: set[Match] = set()
    for step, edge in ((-1, start - 1), (1, end)):
        at = edge
        while 0 <= at < len(sentence):
            match = owner.get(at)
            if match is None:
                if not _continues(sentence, at):
                    break
                at += step
            elif match.field == "filler":
                if not _leads_on(sentence, owner, match, step, strict):
                    break
                at = match.start - 1 if step < 0 else match.end
            elif _belongs(sentence, match, strict):
                taken.add(match)
                at = match.start - 1 if step < 0 else match.end
            else:
                break
    return taken


def _leads_on(
    sentence: Sentence, owner: dict[int, Match], small: Match, step: int, strict: bool
) -> bool:
    """Whether a name goes on past small words such as "The" or "của"."""
    at = small.start
    while 0 <= at < len(sentence):
        match = owner.get(at)
        if match is None and not sentence.is_mark(at, *_INSIDE_NAMES):
            return False
        if match is not None and match.field != "filler":
            return _belongs(sentence, match, strict)
        if match is not None and strict and not sentence.tokens[match.start].capital:
            return False
        at += step
    return False


def _belongs(sentence: Sentence, match: Match, strict: bool) -> bool:
    if match.bound:
        return False
    if match.field == "dates":
        return match.weak
    if match.field not in _ABSORBABLE:
        return False
    if not strict or match.field == "kind":
        return True
    words = [t for t in sentence.tokens[match.start : match.end] if t.kind == WORD]
    return any(word.capital for word in words)


def _dated_names(sentence: Sentence, matches: list[Match]) -> set[Match]:
    """ "Khách sạn 30 Tháng 4", "Mai Villa": a weak date beside the kind of house it names."""
    owner = _owners(matches)
    found = {match for match in matches if match.field == "kind" and _is_numbered(sentence, match)}
    found |= {match for match in matches if _has_number(sentence, match, owner)}
    dates = [match for match in matches if match.field == "dates"]
    for match in dates:
        if not match.weak or len(dates) > 1:
            continue
        before, after = owner.get(match.start - 1), owner.get(match.end)
        kinds = [m for m in (before, after) if m is not None and m.field == "kind"]
        if kinds and _is_written_as_name(sentence, match, after):
            found.update([match, *kinds])
    return found


def _has_number(sentence: Sentence, match: Match, owner: dict[int, Match]) -> bool:
    """ "Nhà nghỉ 79": a kind with a number that counts nothing."""
    at = match.end
    return (
        match.field == "kind"
        and sentence.number(at) is not None
        and at not in owner
        and (at + 1 == len(sentence) or at + 1 in owner)
    )


def _is_numbered(sentence: Sentence, kind: Match) -> bool:
    """ "5-homestay"."""
    dash, number = sentence.token(kind.start - 1), sentence.token(kind.start - 2)
    return (
        dash is not None
        and number is not None
        and dash.text == "-"
        and dash.glued
        and number.kind == NUMBER
        and sentence.glued(kind.start)
    )


def _is_written_as_name(sentence: Sentence, match: Match, after: Match | None) -> bool:
    """ "30 Tháng 4" needs no more; "mai" a capital, or the kind behind it as in English."""
    if isinstance(match.value, Stay) and match.end - match.start > 1:
        return True
    token = sentence.tokens[match.start]
    if token.folded not in _NAMES_OF_DAYS:
        return False
    is_before_kind = after is not None and after.field == "kind"
    return is_before_kind or (token.capital and sentence.tells_by_capitals)
