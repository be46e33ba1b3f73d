"""Small pieces that pages print over and over, kept as they were made."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from flask import Flask
from jinja2.runtime import Macro

from app.web.locale import spoken

MOST_KEPT = 8192


def init_app(app: Flask) -> None:
    """Give templates ``kept(macro, …)``: what the macro printed for these values before.

    Only for a macro of values and the reader's language: nothing of the hour, of who reads, or of
    what is forgotten with a guest.
    """

    @lru_cache(maxsize=MOST_KEPT)
    def made(_language: str, macro: Macro, values: tuple[Hashable, ...]) -> Any:
        return macro(*values)

    def kept(macro: Macro, *values: Hashable) -> Any:
        return made(spoken(), macro, values)

    app.jinja_env.globals["kept"] = kept
