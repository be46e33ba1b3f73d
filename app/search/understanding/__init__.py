"""Understanding a sentence: "ks gần bãi sau 2 người 24/12-26/12 dưới 1tr có hồ bơi" as wishes.

Deterministic and pure: the same words, day and gazetteer always mean the same.
"""

from app.search.understanding.gazetteer import (
    AreaName,
    Gazetteer,
    PlaceName,
    Rate,
    UnitName,
    unit_names,
)
from app.search.understanding.meaning import understand
from app.search.understanding.result import Chip, Near, Offer, Understood
from app.search.understanding.stays import searchable
from app.syllables import untype

__all__ = [
    "AreaName",
    "Chip",
    "Gazetteer",
    "Near",
    "Offer",
    "PlaceName",
    "Rate",
    "Understood",
    "UnitName",
    "searchable",
    "understand",
    "unit_names",
    "untype",
]
