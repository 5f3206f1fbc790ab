"""How times, codes, places and fields are shown."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.template import Context, Template
from django.utils import timezone, translation

from common import clock
from portal.templatetags import portal

MIDNIGHT_CALL = datetime(2026, 11, 22, 14, 56, tzinfo=UTC)  # 23:56 in Tokyo


@pytest.fixture(autouse=True)
def in_tokyo():
    with timezone.override(ZoneInfo("Asia/Tokyo")), translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(seconds=-20), "just now"),
        (timedelta(seconds=50), "1 minute ago"),
        (timedelta(minutes=14), "14 minutes ago"),
        (timedelta(minutes=-3), "in 3 minutes"),
        (timedelta(minutes=95), "2 hours ago"),
        (timedelta(hours=23), "23 hours ago"),  # still the same day in Tokyo
        (timedelta(hours=24), "yesterday at 23:56"),
        (timedelta(hours=-14), "tomorrow at 13:56"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=30), "23 Oct, 23:56"),
        (timedelta(days=400), "18 Oct 2025, 23:56"),
    ],
)
def test_a_moment_is_said_as_a_person_would_say_it(ago, words):
    assert portal.relative(MIDNIGHT_CALL - ago, MIDNIGHT_CALL) == words


def test_a_moment_carries_the_exact_time_in_the_readers_zone():
    with clock.pretend(MIDNIGHT_CALL):
        shown = portal.moment(MIDNIGHT_CALL - timedelta(minutes=15))
    assert 'title="22 Nov 2026, 23:41 JST"' in shown
    assert 'datetime="2026-11-22T14:41:00+00:00"' in shown
    assert ">15 minutes ago<" in shown


def test_a_zone_without_letters_is_named_by_its_offset():
    with timezone.override(ZoneInfo("America/Sao_Paulo")):
        assert ">22 Nov 2026, 11:56 UTC-03<" in portal.exact(MIDNIGHT_CALL)


@pytest.mark.parametrize(
    ("seconds", "words"), [(41, "0:41"), (725, "12:05"), (3753, "1:02:33"), (-3, "0:00")]
)
def test_a_duration_reads_like_a_clock(seconds, words):
    assert portal.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(41, "41 seconds"), (840, "14 minutes"), (7200, "2 hours"), (259200, "3 days")]
)
def test_a_length_of_time_is_spelled_in_one_unit(seconds, words):
    assert portal.spell(seconds) == words


def test_a_code_is_grouped_for_the_eye_and_spelled_for_the_ear():
    shown = portal.grouped("482913")
    assert "<span>482</span><span>913</span>" in shown
    assert "4 8 2 9 1 3" in shown
    assert "<span>7g4k</span><span>q2m9</span>" in portal.grouped("7g4k-q2m9-x0ab-tz5w")


def test_a_code_cannot_bring_markup():
    assert "<b>" not in portal.grouped("<b>1234")


def test_a_country_is_named_in_the_language_of_the_page():
    assert portal.place("BR") == "Brazil"
    with translation.override("ja"):
        assert portal.place("BR") == "ブラジル"
    assert portal.place(None) == "an unknown place"


class Asking(forms.Form):
    email = forms.EmailField(label="E-mail address", help_text="The one of before.")
    way = forms.ChoiceField(
        label="Way", choices=[("now", "Now"), ("later", "Scheduled")], widget=forms.RadioSelect
    )
    note = forms.CharField(label="Note", required=False)


def _render(source, **context):
    return Template(source).render(Context(context))


def test_a_wrong_field_is_tied_to_its_hint_and_its_message():
    html = _render("{% field form.email %}", form=Asking({"email": "hanako"}))
    assert 'aria-describedby="id_email_hint id_email_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_email_error"' in html
    assert 'value="hanako"' in html, "what was typed is kept"


def test_choices_are_one_group_with_a_legend():
    html = _render("{% field form.way %}", form=Asking())
    assert html.count('class="choice"') == 2
    assert "<legend>Way" in html
    assert "aria-invalid" not in html


def test_an_optional_field_says_so_and_a_needed_one_does_not():
    assert "optional" in _render("{% field form.note %}", form=Asking())
    assert "optional" not in _render("{% field form.email %}", form=Asking())


def test_the_summary_links_to_each_wrong_field():
    html = _render("{% include 'components/errors.html' %}", form=Asking({"email": "hanako"}))
    assert 'href="#id_email"' in html
    assert "#id_way" in html
    assert 'role="alert"' in html


def test_a_form_without_mistakes_has_no_summary():
    assert (
        _render(
            "{% include 'components/errors.html' %}", form=Asking({"email": "h@example.jp", "way": "now"})
        ).strip()
        == ""
    )


@pytest.mark.parametrize("current", portal.STEPS)
def test_the_steps_mark_what_is_past_and_what_is_now(current):
    html = _render("{% steps current %}", current=current)
    assert html.count('aria-current="step"') == (0 if current == "done" else 1)
    assert html.count('class="past"') == (5 if current == "done" else portal.STEPS.index(current))


def test_figures_without_values_draw_nothing_and_fail_nowhere():
    assert "polyline" not in _render("{% sparkline values %}", values=[])
    assert "rect" not in _render("{% columns values %}", values=[])
    assert _render("{% columns values %}", values=[0, 3, 1]).count("<rect") == 3
