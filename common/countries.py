"""Country codes as words: nobody at midnight should have to know what NL means."""

from functools import lru_cache

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


def country_code(name: str, language: str) -> str:
    """``Japan`` or ``JP`` as ``JP``; "" where no country is called so in this language."""
    return _codes(language).get(name if name.isupper() else name.casefold(), "")


@lru_cache(maxsize=4)
def _codes(language: str) -> dict[str, str]:
    names = Locale.parse(language, sep="-").territories
    countries = {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}
    everyday = {name: code for code, name in _EVERYDAY.get(language, {}).items()}
    spelled = {
        name.casefold(): code for name, code in ({n: c for c, n in countries.items()} | everyday).items()
    }
    return {code: code for code in countries} | spelled
