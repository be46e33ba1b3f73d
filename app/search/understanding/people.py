"""How many people, and in how many rooms."""

from dataclasses import dataclass

from app.search.understanding.sentence import DASHES, Match, Sentence
from app.search.understanding.vocabulary import Found

MOST_PEOPLE = 99
MOST_ROOMS = 8


@dataclass(frozen=True, slots=True)
class People:
    """A count of people; `whole` where it is that of a family, children included."""

    count: int
    who: str
    whole: bool = False


def read_people(sentence: Sentence, at: int) -> Match | None:
    """2 người, 2 adults, gia đình 4 người, cặp đôi, cho 2."""
    readings = [
        reading
        for reader in (_couple, _group, _counted, _for_so_many)
        if (reading := reader(sentence, at)) is not None
    ]
    return max(readings, key=lambda match: match.end, default=None)


def read_rooms(sentence: Sentence, at: int) -> Match | None:
    """2 phòng, 2p; a house's bedrooms and beds are its own matter and stay text."""
    count = sentence.count(at)
    if count is None:
        return None
    number, end = count
    parts = sentence.find(end, "no_rooms")
    rooms = sentence.find(end, "rooms")
    if rooms is None and sentence.glued(end):
        rooms = sentence.find(end, "short_rooms")
    if parts is not None and (rooms is None or parts.end >= rooms.end):
        return Match(at, parts.end, "describing", None)
    if rooms is None or _names_a_ward(sentence, rooms.end):
        return None
    if not 1 <= number <= MOST_ROOMS:
        return Match(at, rooms.end, "text", None)
    return Match(at, sentence.after(rooms.end, "room_type"), "rooms", number)


def _names_a_ward(sentence: Sentence, at: int) -> bool:
    """In "2 p3" the p heads a ward."""
    token = sentence.token(at - 1)
    return token is not None and token.folded == "p" and sentence.glued(at)


def _couple(sentence: Sentence, at: int) -> Match | None:
    start = sentence.after(at, "for")
    found = sentence.find(start, "couple")
    if found is None:
        return None
    return Match(at, found.end, "people", People(found.value, "adults"))


def _group(sentence: Sentence, at: int) -> Match | None:
    """gia đình 4 người, nhóm 10, family of 4."""
    start = sentence.after(at, "for")
    group = sentence.find(start, "group")
    count = _count(sentence, group.end) if group else None
    if group is None or count is None:
        return None
    number, end = count
    unit = sentence.find(end, "people", "short_people")
    if unit is None:
        if sentence.find(end, "nights", "days", "rooms", "stars", "money", "month"):
            return None
        if sentence.is_mark(end, "/", "*"):
            return None
        return _people(at, end, People(number, "people", group.value == "family"))
    if unit.value != "people":
        return None
    return _people(at, unit.end, People(number, "people", group.value == "family"))


def _counted(sentence: Sentence, at: int) -> Match | None:
    start = sentence.after(at, "for")
    count = _count(sentence, start)
    if count is None:
        return None
    number, end = count
    unit = sentence.find(end, "people")
    if sentence.number(end - 1) is not None:
        unit = unit or sentence.find(end, "short_people")
    if unit is None:
        return None
    return _people(at, _after_age(sentence, unit), People(number, unit.value))


def _after_age(sentence: Sentence, unit: Found) -> int:
    """Past the age of children, "1 bé 3 tuổi" or "2 kids (5 years old)": every one counts."""
    start = unit.end + 1 if sentence.is_mark(unit.end, "(") else unit.end
    age = sentence.find(start + 1, "age") if sentence.number(start) is not None else None
    if unit.value != "children" or age is None:
        return unit.end
    return age.end + 1 if start > unit.end and sentence.is_mark(age.end, ")") else age.end


def _for_so_many(sentence: Sentence, at: int) -> Match | None:
    """ "for 2", "cho 4", with nothing after it that the number could count."""
    lead = sentence.find(at, "for")
    count = sentence.count(lead.end) if lead else None
    if count is None:
        return None
    number, end = count
    after = sentence.token(end)
    if after is not None and (after.glued or sentence.find(end, *_COUNTABLE)):
        return None
    return _people(at, end, People(number, "people"))


_COUNTABLE = (
    "nights",
    "days",
    "weeks",
    "rooms",
    "no_rooms",
    "minutes",
    "stars",
    "money",
    "dollars",
    "dong",
    "month",
    "month_name",
    "metres",
    "people",
    "short_people",
)


def _count(sentence: Sentence, at: int) -> tuple[int, int] | None:
    """A number, or the larger one of "2-3"; the room must hold them all."""
    article = sentence.find(at, "one")
    first = (1, article.end) if article else sentence.count(at)
    if first is None:
        return None
    if sentence.is_mark(first[1], *DASHES):
        second = sentence.count(first[1] + 1)
        if second is not None and second[0] > first[0]:
            return second
    return first


def _people(start: int, end: int, people: People) -> Match:
    if not 1 <= people.count <= MOST_PEOPLE:
        return Match(start, end, "text", None)
    return Match(start, end, "people", people)


@dataclass(slots=True)
class Party:
    """Adults and children as all the phrases together say."""

    adults: int | None = None
    children: int | None = None


def party(said: list[People]) -> Party:
    """Adults said as such outweigh "người"; a family's number holds its children."""
    adults = [p.count for p in said if p.who == "adults"]
    people = [p for p in said if p.who == "people"]
    children = [p.count for p in said if p.who == "children"]
    result = Party(children=sum(children) if children else None)
    if adults:
        result.adults = sum(adults)
    elif people:
        whole = people[0].whole and len(people) == 1
        total = people[0].count
        rest = total - sum(children)
        result.adults = rest if whole and rest > 0 else total
    return result
