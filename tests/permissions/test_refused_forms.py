"""What is wrong in a form is said in the title, in a summary with links, and at each field, on every page.

The doors and the forms behind them are those of the hostile input: a new form is covered as it stands there.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from recovery.claimant.forms.moment import MomentForm
from recovery.claimant.forms.request import CallForm
from tests.permissions.test_hostile_input import House, house, known_forms
from tests.permissions.test_urls import world
from tests.recovery.claims.test_claims import changes_codes

__all__ = ["house", "world"]

BAD = "\x00"
# Which button was pressed, where a page has several.
PRESSED = [{}, {"decision": "decline"}, *({"act": act} for act in ("undo", "keep", "propose", "reject"))]
# Nothing is typed or chosen in these: a button sends what stands in it. If that is no longer possible, a
# message on the page says so.
TOLD_BY_A_MESSAGE = {
    "EvidenceForm": "the button beside each thing that can be asked for",
    "OutcomeForm": "the buttons that say how the ringing ended",
    "SaidForm": "the buttons beside each change",
}


class Page(HTMLParser):
    """The elements of a page that have an id, the names of its fields, and where links on it lead."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.by_id: dict[str, dict[str, str | None]] = {}
        self.links: list[str] = []
        self.summaries = 0
        self.names: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        if own := held.get("id"):
            self.by_id[own] = held
        if tag in ("input", "select", "textarea") and held.get("type") != "hidden":
            self.names.add(held.get("name") or "")
        if "data-focus" in held:
            self.summaries += 1
            assert (held["role"], held["tabindex"], "autofocus" in held) == ("alert", "-1", True)
        if tag == "a" and (held.get("href") or "").startswith("#"):
            self.links.append(str(held["href"])[1:])


@contextmanager
def refused_forms() -> Iterator[list[forms.BaseForm]]:
    """The forms that are found wrong while it lasts."""
    wrong: list[forms.BaseForm] = []
    clean = forms.BaseForm.full_clean

    def spied(form: forms.BaseForm) -> None:
        clean(form)
        if form.is_bound and form.errors:
            wrong.append(form)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms.BaseForm, "full_clean", spied)
        yield wrong


def complaints(answer: Any, wrong: list[forms.BaseForm]) -> Iterator[str]:
    """What the page of these forms fails to say; nothing of a form that it does not show."""
    html = answer.content.decode()
    page = Page(html)
    wrong = [form for form in wrong if any(form.add_prefix(name) in page.names for name in form.errors)]
    if not wrong:
        return
    if not re.search(r"<title>\s*(Error:|エラー：) ", html):
        yield "the title does not say it"
    if page.summaries != 1:
        yield f"{page.summaries} summaries"
    for form in wrong:
        for bound in (form[name] for name in form.errors if name in form.fields):
            target = bound.id_for_label or bound.auto_id
            described = (page.by_id.get(target, {}).get("aria-describedby") or "").split()
            if bound.is_hidden:
                continue
            if target not in page.links:
                yield f"the summary has no link to {bound.html_name}"
            elif target not in page.by_id:
                yield f"the link to {bound.html_name} leads nowhere"
            elif not [own for own in described if own.endswith("_error") and own in page.by_id]:
                yield f"{bound.html_name} is not tied to its message"


def test_a_refused_form_says_so_in_its_title_in_a_summary_and_at_each_field(house: House) -> None:
    # A form beside each change names it in a hidden field.
    beside = {"change": str(changes_codes(house.world.desk).pk)}
    said: list[str] = []
    shown: set[type[forms.BaseForm]] = set()
    for role, path, asked in list(house.doors()):
        bad = {field: BAD for names in asked.values() for field in names}
        bodies = [{}, *({**bad, **pressed} for pressed in PRESSED), PRESSED[1], bad | beside]
        for body in bodies if asked else ():
            with refused_forms() as wrong:
                answer: Any = house.send(role, "POST", path, body)
            if wrong and answer.status_code in (422, 429):
                shown |= {type(form) for form in wrong}
                said += [f"{path}: {one}" for one in complaints(answer, wrong)]
    with refused_forms() as wrong:
        answer = house.send("admin", "GET", reverse("audit:trail") + "?account=nobody%00", {})
    said += [f"the trail: {one}" for one in complaints(answer, wrong)]
    shown |= {type(form) for form in wrong}
    assert not said, "\n".join(dict.fromkeys(said))
    # The forms of its pages say what is wrong in the whole.
    silent = {form.__name__ for form in known_forms() - shown - {MomentForm, CallForm}}
    assert silent == set(TOLD_BY_A_MESSAGE), "no page says what is wrong in these forms"
