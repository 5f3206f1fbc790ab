"""``manage.py import_accounts``: what is right in a file comes in, what is wrong is listed, twice is once."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import OutputWrapper
from django.db import connection

import audit.reading
from accounts import selectors
from accounts.importing import parsing, services
from accounts.importing.parsing import MAX_LINE, Source
from accounts.management.commands import import_accounts
from accounts.models import Identifier, ImportedPhone, User
from common import clock
from notifications.models import Delivery
from tests.support.people import Actor

pytestmark = pytest.mark.django_db

HASH = "$2y$10$" + "abcdefghijklmnopqrstuv" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
HEADER = "email,password,name,name_latin,phone,language,zone"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def write(folder: Path, *lines: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_text("\n".join(lines) + "\n", encoding=encoding)
    return file


def run(file: Path, **options: Any) -> str:
    said = StringIO()
    call_command("import_accounts", str(file), stdout=said, **options)
    return said.getvalue()


def rejected(file: Path, **options: Any) -> list[list[str]]:
    """Run it on a file with bad lines; returns the listing without its header."""
    with pytest.raises(CommandError) as refusal:
        run(file, **options)
    assert refusal.value.returncode == import_accounts.SOME_REJECTED
    listing = options.get("rejects") or f"{file}.rejected.csv"
    with Path(listing).open(encoding="utf-8") as lines:
        header, *rows = csv.reader(lines)
    assert header == ["line", "field", "reason"]
    return rows


def test_a_csv_file_brings_people_with_all_that_is_known_of_them(folder: Path) -> None:
    said = run(
        write(
            folder,
            HEADER,
            f"Kei@Example.JP,{HASH},森 圭,Kei Mori,090-1234-5678,ja,Europe/Berlin",
            f"jo@example.org,{HASH},Jo,,,,",
        )
    )
    kei = User.objects.get(email="kei@example.jp")
    assert (kei.name, kei.name_latin, kei.language, kei.zone) == ("森 圭", "Kei Mori", "ja", "Europe/Berlin")
    assert kei.role == "user"
    assert kei.imported_at is not None
    assert selectors.address_as_typed(kei.pk) == "Kei@Example.JP"
    assert kei.imported_phone.number == "+819012345678"
    jo = User.objects.get(email="jo@example.org")
    assert (jo.language, jo.zone) == ("en", "Asia/Tokyo")
    assert not ImportedPhone.objects.filter(user=jo).exists()
    assert "Imported: 2" in said
    assert "Phone numbers kept, none of them verified: 1" in said
    assert not list(folder.glob("*.rejected.csv"))


def test_json_lines_do_too_and_nobody_gets_a_mail(folder: Path) -> None:
    person = {"email": "kei@example.jp", "password": HASH, "name": "森 圭", "phone": None, "extra": 1}
    assert "Imported: 1" in run(write(folder, json.dumps(person), "", name="people.jsonl"))
    assert not Delivery.objects.exists()


def test_each_account_has_its_event_and_the_run_one(folder: Path) -> None:
    run(write(folder, HEADER, *(f"p{n}@example.jp,{HASH},P{n},,,," for n in range(3))))
    for user in User.objects.all():
        (event,) = audit.reading.of_account(user.pk, user.joined_at)
        assert (event.action, event.details) == ("account.created", {"how": "imported"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT details FROM audit_event WHERE action = 'accounts.imported'")
        (details,) = cursor.fetchone()
    assert json.loads(details) == {"imported": 3, "already_here": 0, "rejected": 0}


BAD = {
    f"kei@,{HASH},Kei,,,,": ("email", "@"),
    f",{HASH},Kei,,,,": ("email", "missing"),
    "kei@example.jp,,Kei,,,,": ("password", "missing"),
    "kei@example.jp,secret1,Kei,,,,": ("password", "not a hash"),
    f"kei@example.jp,{HASH},,,,,": ("name", "missing"),
    f"kei@example.jp,{HASH},\u200b,,,,": ("name", "visible"),
    f"kei@example.jp,{HASH},Kei\x00,,,,": ("name", ""),
    f"kei@example.jp,{HASH},{'x' * 81},,,,": ("name", "80"),
    f"kei@example.jp,{HASH},森,森 圭,,,": ("name_latin", "Latin"),
    f"kei@example.jp,{HASH},Kei,,12,,": ("phone", ""),
    f"kei@example.jp,{HASH},Kei,,,fr,": ("language", "'fr'"),
    f"kei@example.jp,{HASH},Kei,,,,Mars/Base": ("zone", "'Mars/Base'"),
    f"kei@example.jp,{HASH},Kei": ("", "can’t be read"),
    f"kei@example.jp,{HASH},{'x' * (MAX_LINE * 2)},,,,": ("", "can’t be read"),
}


@pytest.mark.parametrize("line", BAD, ids=range(len(BAD)))
def test_a_bad_line_is_listed_by_number_field_and_reason_and_the_rest_comes_in(
    folder: Path, line: str
) -> None:
    file = write(folder, HEADER, f"one@example.jp,{HASH},One,,,,", line, f"two@example.jp,{HASH},Two,,,,")
    ((number, field, reason),) = rejected(file)
    expected_field, words = BAD[line]
    assert (number, field) == ("3", expected_field)
    assert words in reason
    assert User.objects.count() == 2


def test_the_listing_holds_no_address_and_no_hash(folder: Path) -> None:
    file = write(folder, HEADER, f"kei@example.jp,{HASH}x,Kei,,,,", f"{'q' * 70}@example.jp,{HASH},Q,,,,")
    rejected(file)
    text = Path(f"{file}.rejected.csv").read_text()
    assert HASH not in text
    assert "example.jp" not in text


def test_bytes_that_are_no_utf8_are_told(folder: Path) -> None:
    file = write(folder, HEADER, f"kei@example.jp,{HASH},森圭,,,,", encoding="shift-jis")
    assert rejected(file) == [["2", "name", "not UTF-8"]]


def test_a_mark_at_the_beginning_and_a_name_of_two_lines_change_no_number(folder: Path) -> None:
    lines = ["\ufeff" + HEADER, f'a@example.jp,{HASH},"A', 'B",,,,', "bad,x,X,,,,"]
    first, second = rejected(write(folder, *lines, f"b@example.jp,{HASH},B,,,,"))
    assert first[:2] == ["2", "name"]  # it cannot have two lines
    assert second[:2] == ["4", "email"]
    assert User.objects.filter(email="b@example.jp").exists()


def test_one_mailbox_in_two_spellings_is_the_same_address(folder: Path) -> None:
    file = write(
        folder,
        HEADER,
        f"kei@example.jp,{HASH},Kei,,,,",
        f"ＫＥＩ＠example。jp,{HASH},Other,,,,",
        f"kei@exam\u00adple.jp,{HASH},Third,,,,",
    )
    assert rejected(file) == [
        ["3", "email", "the same address as in line 2"],
        ["4", "email", "the same address as in line 2"],
    ]
    assert User.objects.get().name == "Kei"


def test_who_is_here_already_is_left_alone(folder: Path, hanako: Actor) -> None:
    before = User.objects.filter(pk=hanako.user.pk).values().get()
    said = run(
        write(folder, HEADER, f"{hanako.email.upper()},{HASH},Thief,,,,", f"n@example.jp,{HASH},N,,,,")
    )
    assert "Imported: 1" in said
    assert "Already here: 1" in said
    assert User.objects.filter(pk=hanako.user.pk).values().get() == before


def test_so_is_an_address_that_somebody_may_still_take_back(folder: Path, hanako: Actor) -> None:
    Identifier.objects.create(
        user=hanako.user, value="old@example.jp", bound_at=hanako.user.joined_at, removed_at=clock.now()
    )
    assert "Already here: 1" in run(write(folder, HEADER, f"old@example.jp,{HASH},Thief,,,,"))


def test_a_second_run_changes_nothing(folder: Path) -> None:
    file = write(folder, HEADER, *(f"p{n}@example.jp,{HASH},P{n},,090-1234-567{n},," for n in range(5)))
    run(file)
    before = list(User.objects.order_by("pk").values())
    assert "Imported: 0\nAlready here: 5" in run(file)
    assert list(User.objects.order_by("pk").values()) == before
    assert ImportedPhone.objects.count() == 5


def test_a_run_that_broke_off_goes_on(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "BATCH", 2)
    file = write(folder, HEADER, *(f"p{n}@example.jp,{HASH},P{n},,,," for n in range(5)))
    create, calls = services._create, []

    def pulled_out(batch: list[Any]) -> tuple[int, int]:
        calls.append(batch)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return create(batch)

    monkeypatch.setattr(services, "_create", pulled_out)
    with pytest.raises(KeyboardInterrupt):
        run(file)
    assert User.objects.count() == 2
    assert "Imported: 3\nAlready here: 2" in run(file)


def test_a_batch_is_all_or_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("the trail is away")

    monkeypatch.setattr(services, "record_for_each", broken)
    with pytest.raises(RuntimeError):
        run(write(folder, HEADER, f"kei@example.jp,{HASH},Kei,,,,"))
    assert not User.objects.exists()


def test_somebody_who_signs_up_at_the_same_moment_keeps_their_account(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = selectors.taken_among
    asked: list[list[str]] = []

    def too_early(addresses: list[str]) -> set[str]:
        """They sign up between the question and the write."""
        found: set[str] = taken(addresses)
        if not asked:
            user = User.objects.create(email="kei@example.jp", name="Kei herself")
            Identifier.objects.create(user=user, value="kei@example.jp")
        asked.append(addresses)
        return found

    monkeypatch.setattr(selectors, "taken_among", too_early)
    # The first try is rolled back with the sign-up in this test, so that the second one finds the way free.
    assert "Imported: 2" in run(
        write(folder, HEADER, f"kei@example.jp,{HASH},Kei,,,,", f"b@example.jp,{HASH},B,,,,")
    )
    assert len(asked) == 2


@pytest.mark.parametrize("text", ["", "\n", "name,phone\n", "email,email,password,name\n"])
def test_a_file_that_is_none_is_refused_as_a_whole(folder: Path, text: str) -> None:
    file = folder / "people.csv"
    file.write_text(text)
    with pytest.raises(CommandError) as refusal:
        run(file)
    assert refusal.value.returncode == 1


def test_it_never_overwrites_the_file_that_it_reads(folder: Path) -> None:
    file = write(folder, HEADER, "bad,x,X,,,,")
    with pytest.raises(CommandError, match="another file"):
        run(file, rejects=file)
    assert file.read_text().startswith(HEADER)


def test_the_listing_goes_where_it_is_told_and_the_next_run_writes_its_own(folder: Path) -> None:
    file = write(folder, HEADER, "bad,x,X,,,,")
    listing = folder / "elsewhere.csv"
    assert len(rejected(file, rejects=listing)) == 1
    write(folder, HEADER, f"kei@example.jp,{HASH},Kei,,,,")
    run(file, rejects=listing)
    assert not listing.exists()


def test_columns_that_are_not_known_are_named_and_not_read(folder: Path) -> None:
    said = run(write(folder, "id,email,password,name,role", f"7,kei@example.jp,{HASH},Kei,admin"))
    assert "Columns that were not read: id, role" in said
    assert User.objects.get().role == "user"


def test_at_a_terminal_one_line_tells_how_far_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(folder, HEADER, *(f"p{n}@example.jp,{HASH},P{n},,,," for n in range(3)))
    run(file)
    assert capsys.readouterr().err == ""
    with file.open("rb") as lines:
        source = Source(lines)
        said = StringIO()
        progress = import_accounts._Progress(source, file.stat().st_size, OutputWrapper(said))
        for entry in source:
            assert isinstance(entry, parsing.Entry)
            monkeypatch.setattr(progress, "_shown", 0)
            monkeypatch.setattr(progress, "_began", progress._began - 1)
            progress.show()
        progress.clear()
    assert said.getvalue().startswith("\r2 lines, ")
    assert "0 s left" in said.getvalue()
    assert "\n" not in said.getvalue()
