"""Countries and nationalities: ISO 3166-1 alpha-3 plus the codes of ICAO 9303, with their names."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.core import get_global

from app.reference import nationality_codes
from app.text import fold

VIETNAM = "VNM"
UNKNOWN = "XXX"

# CLDR also knows the alpha-3 codes of states that are gone.
_WITHDRAWN = "ANT ATB BUR BYS CSK DDR FXX NTZ PCI PCZ PUS ROM SCG SUN TMP VDR WAK YMD YUG ZAR"
WITHDRAWN = frozenset(_WITHDRAWN.split())
# CLDR's own additions, which are no codes of ISO 3166-1; Kosovo is RKS in travel documents.
NOT_ISO = frozenset(
    {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
)


@lru_cache(maxsize=1)
def alpha2() -> dict[str, str]:
    """Return alpha-3 → alpha-2 of every country of ISO 3166-1."""
    known = Locale("en").territories
    found = {}
    for code, targets in get_global("territory_aliases").items():
        is_alpha3 = len(code) == 3 and code.isalpha() and code not in WITHDRAWN
        if not is_alpha3 or len(targets) != 1:
            continue
        if targets[0] in known and targets[0] not in NOT_ISO:
            found[code] = targets[0]
    return found


@lru_cache(maxsize=1)
def _extra() -> dict[str, tuple[str, str]]:
    """Return the codes outside ISO 3166-1 that travel documents carry, with both names."""
    return {
        row.code: (row.name_vi, row.name_en)
        for row in nationality_codes()
        if row.code and row.code not in alpha2()
    }


def is_known(code: str) -> bool:
    return code in alpha2() or code in _extra()


def is_foreign(code: str) -> bool:
    return code != VIETNAM


def name(code: str, language: str = "vi") -> str:
    """Return the country's name, or the code itself where it is not known."""
    if code in _extra():
        return _extra()[code][0 if language == "vi" else 1]
    short = alpha2().get(code)
    return str(Locale(language).territories[short]) if short else code


@lru_cache(maxsize=4)
def choices(language: str = "vi") -> tuple[tuple[str, str], ...]:
    """Return (code, name) of all countries by name, Vietnam first."""
    others = [*alpha2(), *_extra()]
    others.remove(VIETNAM)
    named = sorted(((code, name(code, language)) for code in others), key=lambda c: fold(c[1]))
    return ((VIETNAM, name(VIETNAM, language)), *named)
