"""A sentence being read: its tokens, and what the vocabulary finds at each of them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.search.understanding.tokens import MARK, NUMBER, WORD, Token, tokenise
from app.search.understanding.vocabulary import Found, Vocabulary

DASHES = ("-", "–", "—", "→", "~")


@dataclass(frozen=True, slots=True)
class Match:
    """Something understood: tokens `start` to before `end` say `value` of `field`.

    A `weak` one may as well belong to a name beside it; a `bound` one was led in by a word such
    as "gần" or "có", so it does not.
    """

    start: int
    end: int
    field: str
    value: Any
    weak: bool = False
    bound: bool = False


class Sentence:
    """Tokens with look-ups that never leave the sentence, so that readers need not check."""

    def __init__(self, text: str, vocabulary: Vocabulary, today: date) -> None:
        self.text = text
        self.today = today
        self.tokens = tokenise(text, vocabulary.words)
        self._vocabulary = vocabulary
        self._forms = [vocabulary.forms(token) for token in self.tokens]
        # Two words that only make sense as keystrokes leave little doubt.
        self._is_telex = sum(len(f) > 1 and f[1][1] == 0 for f in self._forms) > 1
        self._all: dict[int, list[Found]] = {}
        self._found: dict[int, dict[str, Found]] = {}
        self.taken: set[int] = set()
        # What belongs to a name, by its place; it leads nothing in.
        self.held: set[int] = set()

    @property
    def is_shouted(self) -> bool:
        """Written in capitals throughout, so that a capital says nothing."""
        return not any(c.islower() for c in self.text)

    @property
    def tells_by_capitals(self) -> bool:
        """Some words begin with a capital and some do not: those that do may be names."""
        words = [token for token in self.tokens if token.kind == WORD]
        return not self.is_shouted and any(not word.capital for word in words)

    def suppose(self, start: int, end: int, meant: str, value: Any) -> None:
        """From now on these tokens mean `value` as well, as if they were spelled so."""
        if start not in self._found:
            self.found(start)
        supposed = Found(start, end, meant, value)
        self._all[start] = sorted([*self._all[start], supposed], key=lambda found: -found.end)
        self._found[start] = {f.field: f for f in reversed(self._all[start])}

    def take(self, match: Match) -> None:
        self.taken.update(range(match.start, match.end))

    def free_before(self, at: int) -> bool:
        """Whether a word that means nothing, perhaps a name, stands right before."""
        return self.is_word(at - 1) and at - 1 not in self.taken

    def __len__(self) -> int:
        return len(self.tokens)

    def found(self, at: int) -> dict[str, Found]:
        """The longest phrase at `at` of every field that begins there."""
        if not 0 <= at < len(self.tokens):
            return {}
        if at not in self._found:
            found = self._vocabulary.found(self.tokens, self._forms, at, telex=self._is_telex)
            self._all[at] = found
            self._found[at] = {f.field: f for f in reversed(found)}
        return self._found[at]

    def find_all(self, at: int, field: str) -> list[Found]:
        """Every phrase at `at` that means `field`, the longest first."""
        return [f for f in self._all[at] if f.field == field] if field in self.found(at) else []

    def find(self, at: int, *fields: str) -> Found | None:
        """The longest phrase at `at` that means one of `fields`; of equals the one named first."""
        found = self.found(at)
        best: Found | None = None
        for name in fields if found else ():
            phrase = found.get(name)
            if phrase is not None and (best is None or phrase.end > best.end):
                best = phrase
        return best

    def after(self, at: int, *fields: str) -> int:
        """Where such a phrase at `at` ends, `at` itself where there is none."""
        found = self.find(at, *fields)
        return found.end if found else at

    def token(self, at: int) -> Token | None:
        return self.tokens[at] if 0 <= at < len(self.tokens) else None

    def is_mark(self, at: int, *marks: str) -> bool:
        token = self.token(at)
        return token is not None and token.kind == MARK and token.text in marks

    def is_word(self, at: int) -> bool:
        token = self.token(at)
        return token is not None and token.kind == WORD

    def knows(self, at: int) -> bool:
        """Whether the word is one of the vocabulary's, as it is spelled."""
        token = self.token(at)
        return token is not None and token.folded in self._vocabulary.words

    def glued(self, at: int) -> bool:
        token = self.token(at)
        return token is not None and token.glued

    def number(self, at: int) -> int | None:
        """A whole number in digits, up to four of them."""
        token = self.token(at)
        if token is None or token.kind != NUMBER or not token.folded.isdigit():
            return None
        return int(token.folded) if len(token.folded) <= 4 else None

    def count(self, at: int) -> tuple[int, int] | None:
        """A number in digits or as a word, and where it ends."""
        number = self.number(at)
        if number is not None:
            return number, at + 1
        found = self.find(at, "number")
        return (found.value, found.end) if found else None
