"""Names as they come from keyboards, old fonts and spreadsheets; pure."""

from __future__ import annotations

import re

from app.stays.reading.problems import Problems
from app.syllables import mend_name
from app.text import tidy

# What TCVN3 and VNI fonts leave where Unicode is read: signs that no name has.
_NO_NAME_SIGNS = re.compile(r"[\u00a1-\u00bf\u00d7\u00f7\u0080-\u009f¬¦§¨©®µ¶·¸¹»¼½¾]")
# VNI fonts put the mark behind its letter as a letter of its own: "Nguyeãn" for Nguyễn,
# "Vaên" for Văn, "Traàn" for Trần, "Leâ Ñöùc".
_VNI_FONT = re.compile(
    r"[aeoyuAEOYU][àáãäåâèéêëûùøïõïñÀÁÃÄÅÂÈÉÊËÛÙØÏÕÑ](?![a-z]*[\u1ea0-\u1ef9])|[ñÑöôÖÔ][öùøûõïÖÙØÛÕÏ]"
)
_VNI_WORDS = re.compile(
    r"nguyeã?n|traà?n|phaï?m|vaê?n|thò|leâ|ñ\w+|hoà|buø?i|huyø?nh|voõ|hoaø?ng|ñaë?ng|döông|lyù",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^(?:(?:ông|bà|anh|chị|cô|chú|bé|cháu|mr|mrs|ms|miss)\.? +|(?:ong|ba)\. *)", re.IGNORECASE
)
_NUMBERING = re.compile(r"^[0-9]{1,3} ?[.)\-:] *(?=[^\W\d])")


def read_name(text: str, *, foreign: bool | None, problems: Problems) -> str:
    """Return the name; keystrokes left in it are mended for a citizen, proposed for a foreigner."""
    name = tidy(_NUMBERING.sub("", text.strip().lstrip("'’`")))
    without = _TITLE.sub("", name)
    name = without if " " in without else name
    if is_wrong_font(name):
        problems.error("full_name", "wrong_font")
        return name
    mended = mend_name(name)
    if mended is None:
        return name
    if foreign:
        # A foreigner's name is as the passport has it; what it could mean is only proposed.
        problems.warn("full_name", "name_keystrokes", proposal=mended)
        return name
    problems.understood("full_name", "name_keystrokes_mended", proposal=name)
    return mended


def is_wrong_font(name: str) -> bool:
    """Whether a text was typed with a font of before Unicode and can't be read as it stands."""
    if name.isascii():
        return False
    if "\ufffd" in name or _NO_NAME_SIGNS.search(name):
        return True
    return bool(_VNI_FONT.search(name)) and bool(
        [word for word in name.split() if _VNI_WORDS.fullmatch(word) and not word.isascii()]
    )
