"""The key of a part of a live page: it changes when the part does, so that only what is new is swapped."""

import zlib


def key_of(*parts: object) -> str:
    """Keys travel in addresses: what goes into them must be no secret."""
    return f"{zlib.crc32(repr(parts).encode()):08x}"
