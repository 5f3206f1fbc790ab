"""Names as they are heard: whoever hears one writes it down in their own script and spelling.

``さとう``, ``サトー``, ``Satō`` and ``Satou`` are one name to the ear, and so they are here. Kanji are not
read: they match themselves.
"""

import re
import unicodedata

_TITLE = re.compile(r"(?:さん|さま|様|氏)$")
_TITLES = frozenset({"san", "sama", "mr", "mrs", "ms"})
# Hepburn and how people write it by hand, brought to one spelling; in this order.
_SPELLINGS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"m(?=[bmp])", "n"),
        (r"sh", "sy"),
        (r"ch", "ty"),
        (r"ts", "t"),
        (r"j", "zy"),
        (r"f", "h"),
        (r"y(?=[ie])", ""),
        (r"(.)\1+", r"\1"),
        (r"o[uh](?![aeiouy])", "o"),
    )
)


def is_name_of(heard: str, name: str) -> bool:
    """Does ``heard`` consist of whole parts of ``name``, a family name alone for example?"""
    parts, known = _parts(heard), _parts(name)
    return bool(parts) and (set(parts) <= set(known) or "".join(parts) == "".join(known))


def _parts(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", name).casefold()
    words = (_TITLE.sub("", word) for word in re.split(r"[\s.,・=]+", plain))
    return [sound for sound in map(_sound, words) if sound and sound not in _TITLES]


def _sound(word: str) -> str:
    latin = ""
    for char in word:
        latin = _with_kana(latin, char)
    bare = "".join(char for char in unicodedata.normalize("NFKD", latin) if char.isalnum())
    for pattern, to in _SPELLINGS:
        bare = pattern.sub(to, bare)
    return bare


def _with_kana(latin: str, char: str) -> str:
    """``latin`` and one more sign, kana as the syllable that its Unicode name says."""
    script, letter, *rest = unicodedata.name(char, "").lower().split(" ")[:4] + ["", ""]
    if script not in ("hiragana", "katakana") or letter != "letter":
        return latin if script == "katakana-hiragana" else latin + char
    if rest[0] != "small":
        return latin + rest[0]
    # A small vowel takes the place of the one before it; a small "tu" lengthens what follows, unheard.
    return latin if rest[1] == "tu" else latin.rstrip("aiueo") + rest[1]
