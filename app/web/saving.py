"""The end of a form that was right: what it changed is kept, said, and the next page shown."""

from __future__ import annotations

from flask import flash, redirect
from flask.typing import ResponseReturnValue

from app.db import db


def saved(words: str, target: str) -> ResponseReturnValue:
    """Commit, say so on the next page, and lead there."""
    db.session.commit()
    flash(words)
    return redirect(target, 303)
