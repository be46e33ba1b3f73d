"""From the phrases of a sentence to one set of wishes, with the chips that explain them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.dates import Period
from app.search.understanding.gazetteer import Gazetteer, Rate
from app.search.understanding.guesses import guess
from app.search.understanding.money import Price
from app.search.understanding.names import (
    KnownNames,
    NearestName,
    nearly_named,
    protected,
    without_names,
)
from app.search.understanding.people import party
from app.search.understanding.places import InUnits, NearPlace
from app.search.understanding.reading import read
from app.search.understanding.result import Chip, Near, Offer, Span, Understood
from app.search.understanding.sentence import Match, Sentence
from app.search.understanding.stays import Stay, friday_before, searchable
from app.search.understanding.tokens import MARK

_TEXT = {"text", "describing"}


@dataclass(slots=True)
class _Draft:
    """The parts of the answer while they are put together."""

    values: dict[str, Any] = field(default_factory=dict)
    chips: list[Chip] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)


def understand(
    text: str,
    *,
    today: date,
    gazetteer: Gazetteer,
    known_names: KnownNames | None = None,
    nearest: NearestName | None = None,
    names: bool = True,
) -> Understood:
    """What `text` asks for. `known_names` says of a folded text whether a house is called so,
    `nearest` which house's name it nearly is.

    Without `names` every word that can be a wish is one, also beside words that mean nothing.

    Never raises, whatever is typed; a millisecond or two for a sentence.
    """
    sentence = Sentence(text, gazetteer.vocabulary, today)
    rate = gazetteer.usd.vnd if gazetteer.usd else None
    matches = read(sentence, rate, set())
    held = protected(sentence, known_names, matches)
    nearly = nearly_named(sentence, nearest, matches) if nearest and not held else None
    if nearly is not None:
        held = nearly.held
    guessed = guess(sentence, gazetteer.nearly, matches, held)
    if held or guessed:
        matches = read(sentence, rate, held)
    if names:
        matches = without_names(sentence, matches, held)
    draft = _Draft()
    if nearly is not None:
        draft.values["meant"] = nearly.name
    said: dict[str, list[Match]] = {}
    for match in matches:
        said.setdefault(match.field, []).append(match)
    unreadable = _dates(sentence, draft, said.get("dates", []))
    _counts(sentence, draft, said)
    _price(sentence, draft, said.get("price", []), gazetteer.usd)
    _features(sentence, draft, said)
    _units(sentence, draft, said.get("unit", []))
    _near(sentence, draft, said.get("near", []))
    _rest(sentence, draft, [m for m in matches if m not in unreadable], held)
    draft.chips.sort(key=lambda chip: chip.spans)
    return Understood(
        sentence=text, chips=tuple(draft.chips), offers=tuple(draft.offers), **draft.values
    )


def _span(sentence: Sentence, match: Match) -> Span:
    return sentence.tokens[match.start].start, sentence.tokens[match.end - 1].end


def _spans(sentence: Sentence, matches: Iterable[Match]) -> tuple[Span, ...]:
    return tuple(sorted(_span(sentence, match) for match in matches))


# --- Dates -----------------------------------------------------------------------------------


def _dates(sentence: Sentence, draft: _Draft, matches: list[Match]) -> set[Match]:
    """Check-in, check-out and nights together; dates nobody can search are returned, to be text."""
    if not matches:
        return set()
    stays: list[Stay] = [match.value for match in matches]
    check_in = next((s.check_in for s in stays if s.check_in), None)
    check_out = next((s.check_out for s in stays if s.check_out and s.origin != "weekend"), None)
    nights = next((s.nights for s in stays if s.nights), None)
    origin = next((s.origin for s in stays if s.origin), "")
    if check_in is None:
        if nights is None:
            return set(matches)
        draft.values["nights"] = nights
        draft.chips.append(Chip("nights", nights, _spans(sentence, matches)))
        return set()
    period = _period(sentence.today, check_in, check_out, nights, origin)
    if period is None or not searchable(period, sentence.today):
        return set(matches)
    draft.values.update(check_in=period.start, check_out=period.end)
    note = {"origin": origin} if origin else {}
    draft.chips.append(Chip("dates", period, _spans(sentence, matches), note))
    friday = friday_before(period, sentence.today) if origin == "weekend" else None
    if friday is not None and period.start.weekday() == 5:
        draft.offers.append(Offer("friday", friday))
    return set()


def _period(
    today: date, check_in: date, check_out: date | None, nights: int | None, origin: str
) -> Period | None:
    if origin == "weekend" and nights is not None:
        # Two nights of a weekend are Friday's and Saturday's, as long as Friday is to come.
        earlier = check_in - timedelta(days=nights - 1)
        check_in = earlier if nights == 2 and earlier >= today else check_in
    elif check_out is not None and (nights is None or origin == ""):
        return Period(check_in, check_out) if check_out > check_in else None
    return Period.of(check_in, nights or 1)


# --- People, rooms, price --------------------------------------------------------------------


def _counts(sentence: Sentence, draft: _Draft, said: dict[str, list[Match]]) -> None:
    people = said.get("people", [])
    if people:
        who = party([match.value for match in people])
        draft.values.update(adults=who.adults, children=who.children)
        value = {"adults": who.adults, "children": who.children}
        draft.chips.append(Chip("people", value, _spans(sentence, people)))
    rooms = said.get("rooms", [])
    if rooms:
        draft.values["rooms"] = rooms[0].value
        draft.chips.append(Chip("rooms", rooms[0].value, _spans(sentence, rooms)))


def _price(sentence: Sentence, draft: _Draft, matches: list[Match], usd: Rate | None) -> None:
    if not matches:
        return
    price: Price = matches[0].value
    for other in (match.value for match in matches[1:]):
        price = price.within(other)
    draft.values.update(price_min=price.least, price_max=price.most, price_about=price.about)
    note = {}
    if price.usd is not None and usd is not None:
        note = {"usd": price.usd / 100, "rate": usd.vnd, "since": usd.valid_from}
        note["source"] = usd.source
    draft.chips.append(Chip("price", (price.least, price.most), _spans(sentence, matches), note))


# --- Kind, stars, amenities, places ----------------------------------------------------------


def _features(sentence: Sentence, draft: _Draft, said: dict[str, list[Match]]) -> None:
    for meant, name in (("kind", "kind"), ("amenity", "amenities")):
        for value in dict.fromkeys(match.value for match in said.get(meant, [])):
            matches = [match for match in said[meant] if match.value == value]
            draft.values[name] = (*draft.values.get(name, ()), value)
            draft.chips.append(Chip(name, value, _spans(sentence, matches)))
    stars = said.get("stars", [])
    if stars:
        values = tuple(sorted({star for match in stars for star in match.value}))
        draft.values["stars"] = values
        draft.chips.append(Chip("stars", values, _spans(sentence, stars)))
    if any(match.value == "cheap" for match in said.get("opinion", [])):
        draft.values["cheapest"] = True


def _units(sentence: Sentence, draft: _Draft, matches: list[Match]) -> None:
    """Wards and areas; a ward narrows the area it lies in: "phường 2, Vũng Tàu" is the ward."""
    wards = [match for match in matches if match.value.unit]
    named = {code for match in wards for code in match.value.codes}
    groups: dict[InUnits, list[Match]] = {}
    for match in matches:
        if match.value.unit is None and named.intersection(match.value.codes):
            groups.setdefault(wards[0].value, []).append(match)
        else:
            groups.setdefault(match.value, []).append(match)
    codes = {code for value in groups for code in value.codes}
    if codes:
        draft.values["unit"] = tuple(sorted(codes))
    for value, group in groups.items():
        draft.chips.append(_unit_chip(sentence, value, group))


def _unit_chip(sentence: Sentence, value: InUnits, matches: list[Match]) -> Chip:
    note: dict[str, Any] = {}
    if value.area is not None:
        note = {"area": value.area.code, "name": value.area.name}
    elif value.unit is not None:
        note = {"name": value.unit.name, "former": value.unit.former}
    return Chip("unit", value.codes, _spans(sentence, matches), note)


def _near(sentence: Sentence, draft: _Draft, matches: list[Match]) -> None:
    if not matches:
        return
    said: NearPlace = matches[0].value
    place = said.place
    near = Near(place.code, place.name, place.name_en, place.lat, place.lon)
    draft.values.update(near=near, radius_km=said.radius_km)
    draft.chips.append(Chip("near", near, _spans(sentence, matches)))


# --- The rest --------------------------------------------------------------------------------


def _rest(sentence: Sentence, draft: _Draft, matches: list[Match], held: set[int]) -> None:
    """What stays text: stretches between what was understood, without fillers at their ends."""
    owner = {i: match for match in matches for i in range(match.start, match.end)}
    droppable = {match for match in matches if match.field == "filler"}
    if not draft.chips:
        # Perhaps all of it is a name, and then the small words are part of it.
        droppable = {match for match in droppable if match.value == "asking"}
    stretches: list[list[int]] = [[]]
    for at in range(len(sentence)):
        match = owner.get(at)
        if match is None or match.field in _TEXT or match.field == "filler":
            stretches[-1].append(at)
        elif stretches[-1]:
            stretches.append([])
    texts = (_trimmed(sentence, stretch, owner, droppable) for stretch in stretches)
    draft.values["text"] = " ".join(text for text in texts if text)
    names = (
        _trimmed(sentence, part, owner, droppable)
        for stretch in stretches
        for part in _without_descriptions(stretch, owner)
    )
    draft.values["name"] = " ".join(name for name in names if name)
    draft.values["ignored"] = tuple(
        sentence.text[start:end]
        for match in matches
        if match.field in {"opinion", "ignored", "everywhere"}
        for start, end in [_span(sentence, match)]
    )


def _trimmed(
    sentence: Sentence, stretch: list[int], owner: dict[int, Match], droppable: set[Match]
) -> str:
    """A stretch as it was typed, from the first to the last word that says something."""
    kept = [
        at
        for at in stretch
        if sentence.tokens[at].kind != MARK
        and (owner.get(at) not in droppable or _in_name(sentence, at, owner))
    ]
    if not kept:
        return ""
    return sentence.text[sentence.tokens[kept[0]].start : sentence.tokens[kept[-1]].end]


def _in_name(sentence: Sentence, at: int, owner: dict[int, Match]) -> bool:
    """A small word that begins a name: "The Sóng", or any with a capital beside another one."""
    capital = sentence.tokens[at].capital and sentence.tells_by_capitals
    is_after_one = at - 1 not in owner and sentence.is_word(at - 1)
    if capital and is_after_one and sentence.tokens[at - 1].capital:
        return True
    if at + 1 in owner or not sentence.is_word(at + 1):
        return False
    if sentence.tokens[at].folded in {"the", "an", "a"}:
        return True
    return capital and sentence.tokens[at + 1].capital


def _without_descriptions(stretch: list[int], owner: dict[int, Match]) -> Iterable[list[int]]:
    part: list[int] = []
    for at in stretch:
        if at in owner and owner[at].field == "describing":
            yield part
            part = []
        else:
            part.append(at)
    yield part
