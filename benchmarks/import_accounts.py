"""Importing 100,000 accounts. Goal: a fifth of the pace of bare inserts, and at most 300 MB at the peak.

``manage.py import_accounts`` runs as an operator runs it, in a process of its own: from its start to its end
it reads a CSV file, brings addresses, names, phone numbers and hashes to their form, and writes people,
addresses, numbers and events of the audit trail.

import_accounts_per_s: accounts a second. The yardstick writes the same rows into the same tables with
psycopg's ``executemany`` in batches of as many, and checks nothing.
import_accounts_peak_mb: the most memory that the process held. The yardstick is the same command with a file
of one account.
"""

import csv
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.environment import environment
from benchmarks.figure import Figure, run, say
from devtools.stack import ROOT

ACCOUNTS = 100_000
GOAL = "ratio >= 0.2"
PEAK_GOAL = "value <= 300"
BATCH = 1000
# What it is a hash of does not matter: an import checks the form.
HASH = "$2y$12$" + "abcdefghijklmnopqrstuv" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
NAMES = (("森 花子", "Hanako Mori"), ("佐藤 蓮", "Ren Sato"), ("鈴木 葵", "Aoi Suzuki"), ("Jo Doe", ""))

_PERSON = """
INSERT INTO accounts_user (id, email, password, name, name_latin, role, language, languages, zone, is_active,
                           joined_at, imported_at, password_epoch, failed_passwords)
VALUES (%s, %s, %s, %s, %s, 'user', 'ja', '{}', 'Asia/Tokyo', true, now(), now(), 0, 0)
"""
_ADDRESS = """
INSERT INTO accounts_identifier (user_id, kind, value, typed, bound_at, rejected)
VALUES (%s, 'email', %s, %s, now(), false)
"""
_NUMBER = "INSERT INTO accounts_importedphone (user_id, number) VALUES (%s, %s)"
_EVENT = """
INSERT INTO audit_event (action, account, details) VALUES ('account.created', %s, '{"how": "imported"}')
"""


def people(count: int) -> Iterator[list[str]]:
    dice = random.Random(7)
    for number in range(count):
        name, latin = NAMES[number % len(NAMES)]
        phone = f"090-{dice.randrange(1000, 9999)}-{dice.randrange(10000):04d}"
        yield [f"Person{number}@Example.JP", HASH, name, latin, phone, "ja", "Asia/Tokyo"]


def write(file: Path, count: int) -> Path:
    with file.open("w", newline="", encoding="utf-8") as out:
        lines = csv.writer(out)
        lines.writerow(["email", "password", "name", "name_latin", "phone", "language", "zone"])
        lines.writerows(people(count))
    return file


def imported(file: Path) -> tuple[float, float]:
    """Import the file in a process of its own; returns its seconds and the most megabytes that it held.

    Raises:
        RuntimeError: not every line was imported, so that nothing was measured.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, ROOT / "manage.py", "import_accounts", file], stdout=sys.stderr
    )
    _pid, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"import_accounts ended with {process.returncode}")
    return seconds, used.ru_maxrss / 1024


def inserted(count: int) -> float:
    """The same rows, by nothing but inserts; returns the seconds that they took."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        first = 10_000_000
        began = time.perf_counter()
        rows = [(first + at, row) for at, row in enumerate(people(count))]
        for start in range(0, count, BATCH):
            batch = rows[start : start + BATCH]
            cursor.executemany(_PERSON, [(pk, f"bare{row[0].lower()}", *row[1:4]) for pk, row in batch])
            cursor.executemany(_ADDRESS, [(pk, f"bare{row[0].lower()}", row[0]) for pk, row in batch])
            numbers = [(pk, "+81" + row[4].replace("-", "")[1:]) for pk, row in batch]
            cursor.executemany(_NUMBER, numbers)
            cursor.executemany(_EVENT, [(pk,) for pk, _row in batch])
            connection.commit()
        return time.perf_counter() - began


def measure(rounds: int = 0) -> list[Figure]:
    """``rounds``: how many thousand accounts, for a trial."""
    count = rounds * 1000 or ACCOUNTS
    with environment() as place, TemporaryDirectory(dir=place.data) as folder:
        say("  one account")
        _seconds, least = imported(write(Path(folder) / "one.csv", 1))
        say(f"  {count} accounts")
        # The one that is there already is not counted.
        seconds, peak = imported(write(Path(folder) / "many.csv", count + 1))
        say(f"  {seconds:.1f} s; the same rows by bare inserts")
        bare = inserted(count)
    return [
        Figure("import_accounts_per_s", count / seconds, "1/s", count / bare, GOAL),
        Figure("import_accounts_peak_mb", peak, "MB", least, PEAK_GOAL),
    ]


if __name__ == "__main__":
    run(__file__, measure)
