"""A plain input that is put together in Python is the one that Django's templates would give."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test.html import parse_html

from portal.forms import Renderer

WIDGETS = (
    forms.TextInput,
    forms.EmailInput,
    forms.PasswordInput,
    forms.NumberInput,
    forms.URLInput,
    forms.HiddenInput,
)
ATTRS = {"autocomplete": "off", "required": True, "disabled": False, "maxlength": 40, "title": 'a "b" <c>'}


@pytest.mark.parametrize("widget", WIDGETS)
@pytest.mark.parametrize("value", [None, "", 0, "a & <b> \"c\" 'd'", "折り返し"])
def test_it_is_the_same_element(widget, value):
    ours = widget(ATTRS).render("name", value, {"id": "id_name"}, Renderer())
    assert parse_html(ours) == parse_html(
        widget(ATTRS).render("name", value, {"id": "id_name"}, DjangoTemplates())
    )


def test_what_is_typed_stays_text():
    shown = forms.TextInput().render("name", '"><script>alert(1)</script>', {}, Renderer())
    assert "<script>" not in shown
