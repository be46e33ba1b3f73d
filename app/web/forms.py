"""The base of all forms."""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field, FieldList, FormField

from app.text import tidy
from app.web.form_words import FormWords


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

    def refuse(self, field: str, message: str) -> None:
        """Show a fault that only an operation could find at its field."""
        self[field].errors = [*self[field].errors, message]


def _tidied(value: Any) -> Any:
    return tidy(value) if isinstance(value, str) else value
