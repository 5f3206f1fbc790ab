"""A file of accounts, read line by line: CSV with a header, or JSON lines. UTF-8, with or without a mark.

Nothing of the file is held but the line that is being read. What is wrong with a line is said by the field,
never by its value: addresses and hashes do not belong in reports.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.importing.hashes import Unusable, adopt
from accounts.zones import ZONES
from common.email_addresses import InvalidAddress, normal, tidy
from common.fields import LatinNameField, NameField
from telephony import numbers
from telephony.numbers import InvalidNumber

FIELDS = ("email", "password", "name", "name_latin", "phone", "language", "zone")
REQUIRED = ("email", "password")
MAX_LINE = 64 * 1024
_LANGUAGES = [code for code, _name in settings.LANGUAGES]


class UnreadableFile(ValueError):
    """The file as a whole is not what it should be; the text says why."""


@dataclass(frozen=True)
class Entry:
    """One line that can be imported. ``password`` is a hash in a form of ours."""

    line: int
    address: str
    typed: str
    password: str
    name: str
    name_latin: str
    phone: str
    language: str
    zone: str


@dataclass(frozen=True)
class Rejected:
    """``field`` is "" where the whole line is the matter."""

    line: int
    field: str
    reason: str


class _Refused(ValueError):
    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


class Source:
    """The lines of a file. ``read`` says how many bytes of it have been read, ``lines`` how many lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.read = 0
        self.lines = 0
        self.ignored: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Entry | Rejected]:
        """
        Raises:
            UnreadableFile: it is empty, or its header lacks what every account needs.
        """
        first = next(self._lines(), "").removeprefix("\ufeff")
        if not first.strip():
            raise UnreadableFile("The file is empty.")
        for line, values in self._json(first) if first.lstrip().startswith("{") else self._csv(first):
            yield self._entry(line, values)

    def _lines(self) -> Iterator[str]:
        while line := self._file.readline(MAX_LINE):
            self.read += len(line)
            self.lines += 1
            while len(line) >= MAX_LINE and not line.endswith(b"\n"):
                # Too long for any account: the rest of it is passed over, and what was read fits nowhere.
                line = self._file.readline(MAX_LINE)
                self.read += len(line)
            yield line.decode("utf-8", "surrogateescape")

    def _json(self, first: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
        yield self.lines, _object(first)
        for line in self._lines():
            if line.strip():
                yield self.lines, _object(line)

    def _csv(self, first: str) -> Iterator[tuple[int, Mapping[str, Any] | None]]:
        header = [name.strip().lower() for name in next(csv.reader([first]))]
        missing = [name for name in REQUIRED if name not in header]
        if missing or len(set(header)) < len(header):
            raise UnreadableFile(
                f"The first line must name the columns, each once: {', '.join(FIELDS)}. "
                f"Missing: {', '.join(missing) or 'none'}."
            )
        self.ignored = tuple(name for name in header if name not in FIELDS)
        rows = csv.reader(self._lines())
        while True:
            begin = self.lines + 1
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error:
                yield begin, None
                continue
            if row:
                yield begin, dict(zip(header, row, strict=False)) if len(row) == len(header) else None

    def _entry(self, line: int, values: Mapping[str, Any] | None) -> Entry | Rejected:
        if values is None:
            return Rejected(line, "", "can’t be read: check quotes, commas and braces")
        try:
            return _Reader(line, values).entry()
        except _Refused as refusal:
            return Rejected(line, refusal.field, refusal.reason)


def _object(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class _Reader:
    """The fields of one line, each checked as the portal's own forms check what people type."""

    def __init__(self, line: int, values: Mapping[str, Any]) -> None:
        self._line, self._values = line, values

    def entry(self) -> Entry:
        typed = tidy(self._text("email"))
        name, latin = self._name("name"), self._name("name_latin")
        if not name and not latin:
            raise _Refused("name", "missing")
        return Entry(
            line=self._line,
            address=self._address(typed),
            typed=typed,
            password=self._password(),
            name=name or latin,
            name_latin=latin if name else "",
            phone=self._phone(),
            language=self._choice("language", _LANGUAGES, settings.LANGUAGE_CODE),
            zone=self._choice("zone", ZONES, settings.DEFAULT_ZONE),
        )

    def _text(self, field: str) -> str:
        value = self._values.get(field)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise _Refused(field, "not a text")
        if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
            raise _Refused(field, "not UTF-8")
        return value.strip()

    def _address(self, typed: str) -> str:
        if not typed:
            raise _Refused("email", "missing")
        try:
            return normal(typed)
        except InvalidAddress as refusal:
            raise _Refused("email", str(refusal)) from None

    def _name(self, field: str) -> str:
        try:
            return _NAMES[field].clean(self._text(field))
        except ValidationError as refusal:
            raise _Refused(field, " ".join(refusal.messages)) from None

    def _password(self) -> str:
        try:
            return adopt(self._text("password"))
        except Unusable as refusal:
            raise _Refused("password", str(refusal)) from None

    def _phone(self) -> str:
        typed = self._text("phone")
        try:
            return numbers.normal(typed) if typed else ""
        except InvalidNumber as refusal:
            raise _Refused("phone", str(refusal)) from None

    def _choice(self, field: str, known: Any, otherwise: str) -> str:
        value = self._text(field) or otherwise
        if value not in known:
            raise _Refused(field, f"not one that is known here: {value[:40]!r}")
        return value


_NAMES: Mapping[str, NameField] = {
    "name": NameField(max_length=80, required=False),
    "name_latin": LatinNameField(),
}
