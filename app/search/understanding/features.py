"""What kind of house, how many stars, and what it has."""

from app.search.understanding.sentence import DASHES, Match, Sentence

MOST_STARS = 5
_STAR_MARKS = {"★", "⭐", "*"}


def read_kind(sentence: Sentence, at: int) -> Match | None:
    found = sentence.find(at, "kind")
    return Match(at, found.end, "kind", found.value) if found else None


def read_amenity(sentence: Sentence, at: int) -> Match | None:
    """hồ bơi, có hồ bơi; "không cần hồ bơi" asks for nothing and is left out."""
    refused = sentence.find(at, "negation")
    if refused is not None:
        found = sentence.find(sentence.after(refused.end, "amenity_before"), "amenity")
        return Match(at, found.end, "ignored", None) if found else None
    start = sentence.after(at, "amenity_before")
    found = sentence.find(start, "amenity")
    if found is None:
        return None
    return Match(at, found.end, "amenity", found.value, bound=start > at)


def read_stars(sentence: Sentence, at: int) -> Match | None:
    """5 sao, 4*, 3-4 sao, từ 4 sao, 4 sao trở lên, ★★★★."""
    drawn = _drawn(sentence, at)
    if drawn is not None:
        return drawn
    lead = sentence.find(at, "at_least")
    count = sentence.count(lead.end if lead else at)
    if count is None:
        return None
    first, end = count
    last = first
    other = _other(sentence, end)
    if other is not None:
        last, end = other
    upwards = sentence.is_mark(end, "+")
    end = _after_star(sentence, end + upwards)
    if end == 0 or not 1 <= first <= last <= MOST_STARS:
        return None
    more = sentence.after(end, "above_after")
    if lead or upwards or more > end:
        last = MOST_STARS
    return Match(at, more, "stars", tuple(range(first, last + 1)))


def _other(sentence: Sentence, at: int) -> tuple[int, int] | None:
    """The second number of "3-4 sao" or "3 hoặc 4 sao"."""
    start = sentence.after(at, "or", "to_money")
    if start == at and sentence.is_mark(at, *DASHES, "/"):
        start += 1
    return sentence.count(start) if start > at else None


def _after_star(sentence: Sentence, at: int) -> int:
    """Past the word or mark for stars; 0 where there is none."""
    start = at + 1 if sentence.is_mark(at, "-") else at
    found = sentence.find(start, "stars")
    if found is not None:
        return found.end
    return at + 1 if sentence.is_mark(at, *_STAR_MARKS) and sentence.glued(at) else 0


def _drawn(sentence: Sentence, at: int) -> Match | None:
    end = at
    while sentence.is_mark(end, "★", "⭐", "*", "\ufe0f"):
        end += 1
    drawn = sum(token.text in _STAR_MARKS for token in sentence.tokens[at:end])
    if not 2 <= drawn <= MOST_STARS:
        return None
    return Match(at, end, "stars", (drawn,))
