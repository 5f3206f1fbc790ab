"""E-mail addresses: how they are compared, and how they are shown to those who may not read them."""

import unicodedata


def normal(address: str) -> str:
    """The address as it is kept and compared: full-width letters and capitals are forgiven."""
    return unicodedata.normalize("NFKC", address).strip().lower()


def mask(address: str) -> str:
    """``hanako@example.jp`` as ``h••••o@example.jp``: enough to choose by, too little to write to.

    The number of dots is always the same, so that the length is not given away.
    """
    local, at, domain = address.partition("@")
    if len(local) < 3:
        return f"{local[:1]}••••{at}{domain}"
    return f"{local[0]}••••{local[-1]}{at}{domain}"
