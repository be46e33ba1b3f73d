"""The base of all forms."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField, IntegerField
from wtforms.widgets import TextInput

from app.text import fold, tidy
from app.web.filters import number
from app.web.form_words import FormWords

# Digits alone, or in groups of three behind a full stop, a comma or a space.
_WHOLE = re.compile(r"[0-9]{1,12}|[0-9]{1,3}(?:([., ])[0-9]{3})(?:\1[0-9]{3}){0,3}")
# What follows an amount says thousands or millions; after "1tr2" come hundreds of thousands.
_UNITS = {"k": 1_000, "n": 1_000, "ng": 1_000, "ngan": 1_000, "nghin": 1_000}
_UNITS |= dict.fromkeys(("tr", "trieu", "m", "cu"), 1_000_000)
_CURRENCY = re.compile(r" ?(?:₫|d|dong|vnd)\.?")
_SHORT = re.compile(
    r"(?P<whole>[0-9]{1,6})(?:[.,](?P<part>[0-9]{1,3}))? ?"
    rf"(?P<unit>{'|'.join(sorted(_UNITS, key=len, reverse=True))})(?: ?(?P<rest>[0-9]{{1,3}}))?"
)


class Form(FlaskForm):
    """A form whose texts arrive tidied (NFC, single spaces, no control characters)."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Field:
            filters = unbound_field.kwargs.get("filters", [])
            # A field made of other fields takes no filters; those inside have their own form.
            holds_fields = issubclass(unbound_field.field_class, FormField | FieldList)
            if not holds_fields and _tidied not in filters:
                unbound_field.kwargs["filters"] = [*filters, _tidied]
            return unbound_field.bind(form=form, **options)

        def get_translations(self, form: Any) -> FormWords:
            return FormWords()

    def read_version(self) -> int:
        """Return the version of the record that the page showed; 0, which no record has, if bent.

        So a bent one is answered like a record that somebody changed meanwhile.
        """
        return read_whole(self["version"].data or "") or 0

    def refuse(self, field: str, message: str) -> None:
        """Show a fault that only an operation could find at its field."""
        self[field].errors = [*self[field].errors, message]


def _tidied(value: Any) -> Any:
    return tidy(value) if isinstance(value, str) else value


# --- Numbers as people type them -----------------------------------------------------------


def read_whole(text: str) -> int | None:
    """Return 1200 for "1200", "1.200", "1,200" and "1 200", None for anything else."""
    text = tidy(text)
    if not text.isascii() or not _WHOLE.fullmatch(text):
        return None
    return int(re.sub(r"[., ]", "", text))


def read_money(text: str) -> int | None:
    """Return whole đồng for "900.000", "900 000 ₫", "900k", "1tr2", "1,5 triệu", else None."""
    folded = fold(text)
    currency = _CURRENCY.search(folded)
    if currency is not None and currency.end() == len(folded):
        folded = folded[: currency.start()]
    return _short_amount(folded) if _SHORT.fullmatch(folded) else read_whole(folded)


def _short_amount(folded: str) -> int | None:
    said = _SHORT.fullmatch(folded)
    if said is None or (said["part"] and said["rest"]):
        return None
    unit = _UNITS[said["unit"]]
    # "1,5 triệu" and "1tr5" both count tenths first, "1tr25" then hundredths.
    decimals = said["part"] or said["rest"] or ""
    return int(said["whole"]) * unit + int(decimals.ljust(3, "0")) * unit // 1_000


class NumberText(TextInput):
    """A text field with a numeric keyboard: a browser's number field cuts "900.000" to 900."""

    def __call__(self, field: Field, **kwargs: Any) -> Any:
        kwargs.setdefault("inputmode", "numeric")
        kwargs.setdefault("autocomplete", "off")
        return super().__call__(field, **kwargs)


class WholeField(IntegerField):
    """A whole number, pasted with spaces or grouped perhaps."""

    widget = NumberText()
    reader = staticmethod(read_whole)
    words = _l("Hãy ghi một số nguyên.")

    def process_formdata(self, valuelist: list[str]) -> None:
        text = valuelist[0].strip() if valuelist else ""
        self.data = self.reader(text) if text else None
        if text and self.data is None:
            raise ValueError(self.words)


class MoneyField(WholeField):
    """Whole đồng, typed as 900000, 900.000, 900k or 1tr2; shown in groups of three."""

    reader = staticmethod(read_money)
    words = _l("Hãy ghi số tiền bằng đồng, ví dụ 900.000, 900k hoặc 1tr2.")

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return number(self.data) if self.data is not None else ""
