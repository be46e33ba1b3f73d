"""Vietnamese syllables without marks, and the Telex and VNI keystrokes that were left in them."""

import re
import unicodedata
from functools import lru_cache

_ONSETS = "ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|b|c|d|g|h|k|l|m|n|p|r|s|t|v|x"
_RIMES = (
    "a ac ach ai am an ang anh ao ap at au ay e ec ech em en eng enh eo ep et eu i ia ich iec iem "
    "ien ieng iep iet ieu im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay "
    "oc oe oen oeo oet oi om on ong op ot u ua uan uang uat uay uc ue uech uenh ui um un ung "
    "uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych uyen uyet uynh uyt uyu y yem yen "
    "yeng yet yeu ych ynh yt"
)
_SYLLABLE = re.compile(rf"(?:{_ONSETS})?(?:{'|'.join(sorted(_RIMES.split(), key=len)[::-1])})")

_TELEX_TONES = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_VNI_TONES = {"1": "\u0301", "2": "\u0300", "3": "\u0309", "4": "\u0303", "5": "\u0323"}
_HATS = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}
_VNI_HATS = {"6": "^", "7": "w", "8": "w", "9": "d"}
_VOWELS = "aeiouyâêôăơư"


@lru_cache(maxsize=8192)
def is_syllable(folded: str) -> bool:
    """Whether a folded word could be a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(folded) is not None


@lru_cache(maxsize=8192)
def without_telex(word: str) -> str | None:
    """`baix` → `bai`, `hoof` → `ho`: a folded word with its Telex keystrokes taken out, or None.

    None too where the word is a syllable as it stands, or would be none afterwards.
    """
    if not word.isascii() or not word.isalpha() or is_syllable(word):
        return None
    bare = re.sub(r"([aeo])\1", r"\1", word.replace("dd", "d", 1))
    bare = re.sub(r"^w", "u", bare).replace("w", "")
    tones = [i for i, c in enumerate(bare) if c in _TELEX_TONES and re.search("[aeiouy]", bare[:i])]
    if len(tones) > 1:
        return None
    bare = "".join(c for i, c in enumerate(bare) if i not in tones)
    return bare if bare != word and is_syllable(bare) else None


@lru_cache(maxsize=8192)
def without_vni(chunk: str) -> str | None:
    """`ba4i` → `bai`, `d9u7o72ng` → `duong`: letters and digits of one VNI syllable, or None."""
    if not re.fullmatch(r"[a-z]+[1-9][a-z1-9]*", chunk) or len(re.findall(r"[1-9]", chunk)) > 4:
        return None
    bare = re.sub(r"[1-9]", "", chunk)
    return bare if is_syllable(bare) else None


def untype(text: str) -> str | None:
    """`text` with its Telex or VNI keystrokes turned into marks, or None where it shows none.

    Only where every word then is a Vietnamese syllable: "Vias" alone could be Telex for "vía",
    "haair aau" can hardly be anything else.
    """
    words = text.split()
    read = [_marked(word) for word in words]
    changed = sum(new is not None and new != word for new, word in zip(read, words, strict=True))
    if not words or any(new is None for new in read) or changed < min(2, len(words)):
        return None
    return " ".join(new for new in read if new)


@lru_cache(maxsize=8192)
def _marked(word: str) -> str | None:
    """One word as it was meant, itself where nothing was left in it, None where it is neither."""
    lower = word.lower()
    if not lower.isascii():
        return word
    if is_syllable(lower):
        return word
    if without_telex(lower):
        return _compose(lower, _TELEX_TONES)
    if without_vni(lower):
        return _compose(_as_telex(lower), _VNI_TONES)
    return None


def _as_telex(chunk: str) -> str:
    """VNI's hats in Telex's letters: each digit is applied to the last letter that can bear it."""
    written = ""
    for key in chunk:
        hat = _VNI_HATS.get(key)
        if hat is None:
            written += key
        elif hat == "d":
            written = written.replace("d", "dd", 1)
        elif hat == "w":
            written = re.sub(r"(.*)([aou])(?!w)", r"\1\2w", written, count=1)
        else:
            written = re.sub(r"(.*)([aeo])(?!w|\2)", r"\1\2\2", written, count=1)
    return written


def _compose(keys: str, tones: dict[str, str]) -> str:
    """The syllable that these keystrokes type, with the tone on its main vowel."""
    keys = re.sub(r"uow", "uwow", keys)
    for marked, typed in _HATS.items():
        keys = keys.replace(typed, marked, 1)
    tone = ""
    letters: list[str] = []
    for key in keys:
        if key in tones and any(letter in _VOWELS for letter in letters):
            tone = tones[key]
        elif key != "w":
            letters.append(key)
    place = _tone_place(letters)
    if tone and place is not None:
        letters[place] += tone
    return unicodedata.normalize("NFC", "".join(letters))


def _tone_place(letters: list[str]) -> int | None:
    """Where the tone is written: a vowel with a hat, else the middle of three or before a coda."""
    word = "".join(letters)
    start = 2 if re.match(r"qu|gi(?=[aeiouyâêôăơư])", word) else 0
    vowels = [i for i, c in enumerate(letters) if c in _VOWELS and i >= start]
    if not vowels:
        return None
    hats = [i for i in vowels if letters[i] in "âêôăơư"]
    if hats:
        return hats[-1]
    if len(vowels) == 1:
        return vowels[0]
    closed = vowels[-1] < len(letters) - 1
    return vowels[-1] if closed and len(vowels) == 2 else vowels[-2]


# --- Names --------------------------------------------------------------------------------------

# Telex types each of these on purpose; a foreign name has one of them now and then, but not two.
_STRONG_KEYS = re.compile(r"aa|ee|oo|dd|[aou]w")


def mend_name(text: str) -> str | None:
    """A name with its Telex or VNI keystrokes turned into marks in the case it was typed in.

    "Nguyeenx Vawn A" and "Nguye6n4 Va8n A" are "Nguyễn Văn A". None where no keystrokes show, where
    a word would be no Vietnamese syllable, or where one word alone could be a foreign name ("Mary
    Lan"): digits within a word, or words that bear marks already, say enough by themselves.
    """
    words = text.split()
    read = [_marked(word) for word in words]
    if not words or any(new is None for new in read):
        return None
    changed = [
        word
        for word, new in zip(words, read, strict=True)
        if new is not None and new != word and new != word.lower()
    ]
    digits = any(character.isdigit() for word in changed for character in word)
    marked = any(not word.isascii() for word in words)
    strong = any(_STRONG_KEYS.search(word.lower()) for word in changed)
    if not changed or not (digits or marked or (strong and len(changed) > 1)):
        return None
    return " ".join(_in_case_of(word, new or word) for word, new in zip(words, read, strict=True))


def _in_case_of(word: str, new: str) -> str:
    if word.isupper() and len(word) > 1:
        return new.upper()
    return new[:1].upper() + new[1:] if word[:1].isupper() else new
