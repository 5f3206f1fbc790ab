"""List every mail into ``docs/reference/mails.md``."""

import inspect
from collections.abc import Callable, Iterator

from accounts import mails as account_mails
from recovery import mails as case_mails

HEAD = """# E-mails

Listed from the `mails.py` of each app by `python manage.py generate_docs`; do not edit. Each e-mail is one
function; its text is in `templates/mail/<name>/` in English, the Japanese in `locale/`.

| E-mail | When it is sent | What it is given |
|---|---|---|
"""


def page() -> str:
    return HEAD + "".join(row(name, function) for name, function in mails())


def mails() -> Iterator[tuple[str, Callable[..., int]]]:
    """The functions that the apps have for their mails, in their order."""
    for module in (account_mails, case_mails):
        for name, function in vars(module).items():
            if inspect.isfunction(function) and function.__module__ == module.__name__:
                yield name, function


def row(name: str, function: Callable[..., int]) -> str:
    words = " ".join((inspect.getdoc(function) or "").replace("``", "`").split())
    given = ", ".join(f"`{given}`" for given in list(inspect.signature(function).parameters)[1:])
    return f"| `{name}` | {words} | {given} |\n"
