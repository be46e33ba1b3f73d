"""Writes machine-readable lines from plain values, by the book and apart from the reader."""

from __future__ import annotations

from dataclasses import dataclass

WIDTHS = {"mrz_td1": 30, "mrz_td2": 36, "mrz_td3": 44, "mrv_a": 44, "mrv_b": 36}
VALUES = {c: at for at, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


def digit(text: str) -> str:
    return str(sum(VALUES[c] * [7, 3, 1][at % 3] for at, c in enumerate(text)) % 10)


@dataclass(frozen=True)
class Document:
    kind: str
    code: str = "P"
    state: str = "FRA"
    number: str = "12AB34567"
    nationality: str = "FRA"
    birth: str = "900131"
    sex: str = "F"
    expiry: str = "300115"
    surname: str = "MARTIN"
    given_names: str = "ANNE LISE"
    optional: str = ""

    def lines(self) -> list[str]:
        return self._td1() if self.kind == "mrz_td1" else self._two_lines()

    def _number(self, room: int) -> tuple[str, str]:
        """Return the number with its check digit, and the optional field of a card."""
        if len(self.number) <= 9:
            number = self.number.ljust(9, "<")
            return number + digit(number), self.optional.ljust(room, "<")
        flowing = f"{self.number[9:]}{digit(self.number)}<{self.optional}"
        return f"{self.number[:9]}<", flowing.ljust(room, "<")

    def _names(self, room: int) -> str:
        given = self.given_names.replace(" ", "<")
        return f"{self.surname.replace(' ', '<')}<<{given}".ljust(room, "<")

    def _head(self) -> str:
        return self.code.ljust(2, "<") + self.state.ljust(3, "<")

    def _dates(self) -> str:
        birth = self.birth + digit(self.birth)
        return birth + self.sex + self.expiry + digit(self.expiry)

    def _td1(self) -> list[str]:
        number, optional = self._number(15)
        first = self._head() + number + optional
        dates = self._dates()
        second = dates + self.nationality.ljust(3, "<") + "<" * 11
        check = digit(first[5:] + dates[:7] + dates[8:] + "<" * 11)
        return [first, second + check, self._names(30)]

    def _two_lines(self) -> list[str]:
        width = WIDTHS[self.kind]
        room = {"mrz_td3": 14, "mrz_td2": 7}.get(self.kind, width - 28)
        number, optional = self._number(room)
        if self.kind == "mrz_td3":
            optional += digit(optional)
        dates = self._dates()
        second = number + self.nationality.ljust(3, "<") + dates + optional
        if not self.kind.startswith("mrv"):
            second += digit(number + dates[:7] + dates[8:] + optional)
        return [self._head() + self._names(width - 5), second]
