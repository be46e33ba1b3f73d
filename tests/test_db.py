"""What the database layer does for every model."""

import gc
import sys

import pytest
from sqlalchemy import inspect

from app.registry.models import Area


def has_dict(of: object) -> bool:
    """Whether the object's ``__dict__`` has been made; asked without making it."""
    return any(type(held) is dict and "modified" in held for held in gc.get_referents(of))


class Lazy:
    """What a state is without the care that is taken of it."""

    def __init__(self) -> None:
        self.modified = True


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="collects between instructions only")
def test_no_dict_of_a_state_is_made_while_its_row_may_be_collected() -> None:
    area = Area(code="000", name="")
    assert has_dict(inspect(area))
    assert not has_dict(Lazy())
