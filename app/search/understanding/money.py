"""Prices as people say them: dưới 1tr5, từ 500k đến 1 triệu, tầm 700k, under $40."""

from dataclasses import dataclass

from app.search.understanding.sentence import DASHES, Match, Sentence
from app.search.understanding.tokens import NUMBER

LEAST, MOST = 10_000, 500_000_000
ABOUT_PERCENT = 20


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum that was read, up to token `end`: dong, or dollars (in cents) where so said."""

    vnd: int
    end: int
    cents: int | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """Bounds for a night, both included; `usd` are the dollars said, in cents."""

    least: int | None
    most: int | None
    about: bool = False
    usd: int | None = None

    def within(self, other: "Price") -> "Price":
        """Both bounds of "trên 500k dưới 1tr", which are said apart; else what was said first."""
        if (self.least is None) == (other.least is None) or (self.most is None) == (
            other.most is None
        ):
            return self
        least, most = self.least or other.least, self.most or other.most
        if least is None or most is None or least > most:
            return self
        return Price(least, most, usd=self.usd)


def read_price(sentence: Sentence, at: int, usd_rate: int | None) -> Match | None:
    """The bounds said at `at`; a bare sum is understood as "about"."""
    start = sentence.after(at, "price")
    if sentence.is_mark(start, ":"):
        start += 1
    readings = [
        reading
        for reader in (_between, _bounded, _bare)
        if (reading := reader(sentence, start, usd_rate)) is not None
    ]
    if not readings:
        return None
    price, end = max(readings, key=lambda reading: reading[1])
    bounds = [bound for bound in (price.least, price.most) if bound is not None]
    if any(not LEAST <= bound <= MOST for bound in bounds):
        return None
    return Match(at, _after_per_night(sentence, end), "price", price)


def _between(sentence: Sentence, at: int, rate: int | None) -> tuple[Price, int] | None:
    """từ 500k đến 1 triệu, 500-800k, between $30 and $50."""
    start = sentence.after(at, "between", "about")
    low = _amount(sentence, start, rate) or _plain(sentence, start)
    if low is None:
        return None
    connected = sentence.after(low.end, "to_money")
    if connected == low.end and sentence.is_mark(low.end, *DASHES):
        connected += 1
    high = _amount(sentence, connected, rate) if connected > low.end else None
    if high is None:
        return None
    least = low.vnd if low.vnd >= LEAST else _like(low, high, rate)
    if least is None or least > high.vnd:
        return None
    return Price(least, high.vnd, usd=high.cents), high.end


def _like(low: Amount, high: Amount, rate: int | None) -> int | None:
    """The first number of "500-800k" or "1-1tr5" in the largest unit that keeps it the smaller."""
    if high.cents is not None and rate is not None:
        return low.vnd * rate
    for unit in (1_000_000, 100_000, 1_000):
        if LEAST <= low.vnd * unit <= high.vnd:
            return low.vnd * unit
    return None


def _bounded(sentence: Sentence, at: int, rate: int | None) -> tuple[Price, int] | None:
    """A sum with what says on which side of it the price lies, before or after."""
    lead = sentence.find(at, "below", "above", "about")
    signs = {"<": "below", "≤": "below", ">": "above", "≥": "above", "~": "about"}
    token = sentence.token(at)
    side, start = (lead.field, lead.end) if lead else ("", at)
    if token is not None and token.text in signs:
        side, start = signs[token.text], at + 1
        if sentence.is_mark(start, "="):
            start += 1
    start = sentence.after(start, "price") if side else start
    amount = _amount(sentence, start, rate)
    if amount is None and side in ("below", "about"):
        amount = _hundreds(sentence, start)
    if amount is None:
        return None
    behind = sentence.find(amount.end, "below_after", "above_after")
    if behind is not None:
        side, amount = behind.field.removesuffix("_after"), _until(amount, behind.end)
    return (_sided(side, amount), amount.end) if side else None


def _sided(side: str, amount: Amount) -> Price:
    if side == "below":
        return Price(None, amount.vnd, usd=amount.cents)
    if side == "above":
        return Price(amount.vnd, None, usd=amount.cents)
    least = amount.vnd * (100 - ABOUT_PERCENT) // 100
    most = amount.vnd * (100 + ABOUT_PERCENT) // 100
    return Price(least, most, about=True, usd=amount.cents)


def _bare(sentence: Sentence, at: int, rate: int | None) -> tuple[Price, int] | None:
    amount = _amount(sentence, at, rate)
    return (_sided("about", amount), amount.end) if amount else None


def _until(amount: Amount, end: int) -> Amount:
    return Amount(amount.vnd, end, amount.cents)


# --- One sum ---------------------------------------------------------------------------------


def _amount(sentence: Sentence, at: int, rate: int | None) -> Amount | None:
    return _dollars(sentence, at, rate) or _with_unit(sentence, at) or _in_full(sentence, at)


def _dollars(sentence: Sentence, at: int, rate: int | None) -> Amount | None:
    """$40, US$40, 40$, 40 usd, 40 đô."""
    if rate is None:
        return None
    start = at
    token = sentence.token(start)
    if token is not None and token.folded in {"us", "usd"}:
        start += 1
    signed = sentence.is_mark(start, "$") or (start > at and token and token.folded == "usd")
    if sentence.is_mark(start, "$"):
        start += 1
    number = _decimal(sentence, start)
    if number is None:
        return None
    end = start + 1
    if not signed and sentence.is_mark(end, "$"):
        signed, end = True, end + 1
    unit = sentence.find(end, "dollars")
    if not signed and unit is None:
        return None
    cents = round(number * 100)
    return Amount(cents * rate // 100, unit.end if unit else end, cents)


def _with_unit(sentence: Sentence, at: int) -> Amount | None:
    """500k, 1tr5, 1 triệu rưỡi, 5 lít."""
    number = _decimal(sentence, at)
    if number is None:
        word = sentence.find(at, "number")
        number, end = (float(word.value), word.end) if word else _half_of(sentence, at)
    else:
        end = at + 1
    unit = sentence.find(end, "money") if number is not None else None
    if number is None or unit is None:
        return None
    vnd, end = round(number * unit.value), unit.end
    if half := sentence.find(end, "half"):
        return _with_dong(sentence, Amount(vnd + unit.value // 2, half.end))
    rest = _rest(sentence, end, unit.value)
    if rest:
        vnd, end = vnd + rest, end + 1
        end = sentence.after(end, "money") if sentence.glued(end) else end
    return _with_dong(sentence, Amount(vnd, end))


def _half_of(sentence: Sentence, at: int) -> tuple[float | None, int]:
    """The "nửa" of "nửa triệu"."""
    found = sentence.find(at, "half_of")
    return (found.value, found.end) if found else (None, at)


def _rest(sentence: Sentence, at: int, unit: int) -> int:
    """The 5 of 1tr5, the 200 of "1 triệu 200"."""
    token = sentence.token(at)
    if token is None or token.kind != NUMBER or not token.folded.isdigit() or unit < 1_000_000:
        return 0
    digits = len(token.folded)
    if digits > 3 or sentence.is_mark(at + 1, "/", "*"):
        return 0
    if not token.glued and (digits == 2 or not _ends_there(sentence, at + 1)):
        return 0
    return int(token.folded) * unit // 10**digits


def _ends_there(sentence: Sentence, at: int) -> bool:
    """Whether a number before `at` counts nothing that follows it, such as people."""
    return not sentence.find(
        at, "people", "short_people", "rooms", "no_rooms", "nights", "days", "stars", "month",
        "short_rooms", "metres", "month_name",
    )  # fmt: skip


def _in_full(sentence: Sentence, at: int) -> Amount | None:
    """500.000, 500,000đ, 1500000."""
    token = sentence.token(at)
    if token is None or token.kind != NUMBER:
        return None
    groups = token.folded.replace(",", ".").split(".")
    if len(groups) > 1 and any(len(group) != 3 for group in groups[1:]):
        return None
    vnd = int("".join(groups)) if len(token.folded) <= 15 else 0
    return _with_dong(sentence, Amount(vnd, at + 1)) if LEAST <= vnd <= MOST else None


def _with_dong(sentence: Sentence, amount: Amount) -> Amount:
    dong = sentence.find(amount.end, "dong")
    if dong is None or (dong.end - dong.start == 1 and not _closes(sentence, dong.start)):
        return amount
    return _until(amount, dong.end)


def _closes(sentence: Sentence, at: int) -> bool:
    """A lone "đ" or "d" is dong where it is written to the sum."""
    token = sentence.tokens[at]
    return token.glued or len(token.folded) > 1


def _decimal(sentence: Sentence, at: int) -> float | None:
    """1, 1.5, 1,5 and 1.200 as a number before its unit."""
    token = sentence.token(at)
    if token is None or token.kind != NUMBER or len(token.folded) > 9:
        return None
    parts = token.folded.replace(",", ".").split(".")
    if len(parts) == 1:
        return float(parts[0])
    if len(parts) == 2 and len(parts[1]) <= 2:
        return float(".".join(parts))
    return float("".join(parts)) if all(len(part) == 3 for part in parts[1:]) else None


def _plain(sentence: Sentence, at: int) -> Amount | None:
    """A number whose unit comes later, after the second one."""
    number = sentence.number(at)
    return Amount(number, at + 1) if number and not sentence.is_mark(at + 1, "/") else None


def _hundreds(sentence: Sentence, at: int) -> Amount | None:
    """ "dưới 500", "tầm 500": thousands are meant, unless something else is counted."""
    number = sentence.number(at)
    if number is None or not 100 <= number <= 999 or not _ends_there(sentence, at + 1):
        return None
    after = sentence.token(at + 1)
    if after is not None and after.glued and after.text not in {",", "."}:
        return None
    return Amount(number * 1_000, at + 1)


def _after_per_night(sentence: Sentence, end: int) -> int:
    start = end + 1 if sentence.is_mark(end, "/") else end
    found = sentence.find(start, "per_night")
    if found is None:
        return end
    one = sentence.tokens[found.start].kind != NUMBER and found.end - found.start == 1
    return end if one and start == end else found.end
