import csv
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.importing import services
from accounts.importing.parsing import FIELDS, Source, UnreadableFile
from accounts.importing.services import Counts

SOME_REJECTED = 3


class Command(BaseCommand):
    help = (
        "Import accounts of another system from a CSV file with a header, or from JSON lines. "
        f"Columns: {', '.join(FIELDS)}; email, password and a name are needed. Run it again after an "
        "interruption or a correction: what is here already is left alone. The exit code is 0 when every "
        f"line was imported or is here already, {SOME_REJECTED} when some were rejected, 1 when the file "
        "can’t be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--rejects", type=Path, help="where rejected lines are listed (default: FILE.rejected.csv)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        rejects: Path = options["rejects"] or path.with_name(f"{path.name}.rejected.csv")
        if rejects.resolve() == path.resolve():
            raise CommandError("--rejects must name another file than the one that is imported.")
        counts = Counts()
        try:
            with path.open("rb") as file:
                source = Source(file)
                self._run(source, counts, rejects, path.stat().st_size)
        except (OSError, UnreadableFile) as error:
            raise CommandError(str(error)) from error
        services.finish(counts)
        self._report(source, counts, rejects)

    def _run(self, source: Source, counts: Counts, rejects: Path, size: int) -> None:
        progress = _Progress(source, size, self.stderr) if sys.stderr.isatty() else None
        rejects.unlink(missing_ok=True)
        with ExitStack() as stack:
            write: Callable[[list[object]], object] | None = None
            for rejected in services.run(_watched(source, progress), counts):
                if write is None:
                    listing = stack.enter_context(rejects.open("w", newline="", encoding="utf-8"))
                    write = csv.writer(listing).writerow
                    write(["line", "field", "reason"])
                write([rejected.line, rejected.field, rejected.reason])
        if progress:
            progress.clear()

    def _report(self, source: Source, counts: Counts, rejects: Path) -> None:
        if source.ignored:
            self.stdout.write(f"Columns that were not read: {', '.join(source.ignored)}")
        self.stdout.write(f"Imported: {counts.imported:,}")
        self.stdout.write(f"Already here: {counts.already_here:,}")
        self.stdout.write(f"Phone numbers kept, none of them verified: {counts.phones:,}")
        self.stdout.write(f"Rejected: {counts.rejected:,}")
        if counts.rejected:
            raise CommandError(f"Rejected lines are listed in {rejects}", returncode=SOME_REJECTED)


def _watched(source: Source, progress: "_Progress | None") -> Any:
    for entry in source:
        if progress:
            progress.show()
        yield entry


class _Progress:
    """One line at a terminal that says how far it is, how fast it goes and how long it takes."""

    def __init__(self, source: Source, size: int, out: Any) -> None:
        self._source, self._size = source, size
        self._out = out
        self._began = self._shown = time.monotonic()

    def show(self) -> None:
        now = time.monotonic()
        if now - self._shown < 0.5:
            return
        self._shown = now
        passed, read = now - self._began, self._source.read
        left = passed * (self._size - read) / read if read else 0
        rate = self._source.lines / passed
        self._out.write(
            f"\r{self._source.lines:,} lines, {rate:,.0f} a second, {left:,.0f} s left\033[K", ending=""
        )
        self._out.flush()

    def clear(self) -> None:
        self._out.write("\r\033[K", ending="")
