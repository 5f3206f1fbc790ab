"""Country codes as words: nobody at midnight should have to know what NL means."""

from babel import Locale

# Where the formal name would read like an atlas, and everyone says something shorter.
_EVERYDAY = {
    "en": {"HK": "Hong Kong", "MO": "Macao", "MM": "Myanmar", "PS": "Palestine"},
    "ja": {"HK": "香港", "MO": "マカオ", "US": "アメリカ", "PS": "パレスチナ"},
}


def country_name(code: str, language: str) -> str:
    """``JP`` as ``Japan`` or ``日本``; "" for "", and the code itself where it has no name."""
    if not code:
        return ""
    everyday = _EVERYDAY.get(language, {}).get(code)
    return everyday or Locale.parse(language, sep="-").territories.get(code, code)
