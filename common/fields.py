"""Form fields for what all apps ask people for: an e-mail address, a name, a few lines of text."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common import email_addresses, text
from common.email_addresses import MAX_LENGTH, InvalidAddress


class EmailAddressField(forms.CharField):
    """An e-mail address in any spelling that names a mailbox. Gives what was typed, tidied.

    Services bring it to :func:`common.email_addresses.normal`; here it is only seen that they can.
    """

    default_error_messages = {"required": _("Enter your e-mail address.")}

    def __init__(self, *, autocomplete: str = "username", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("E-mail address"))
        # Not type=email: browsers refuse full-width letters and quotes before we could understand them.
        widget = forms.TextInput(
            attrs={
                "autocomplete": autocomplete,
                "inputmode": "email",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        )
        super().__init__(max_length=MAX_LENGTH, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed = email_addresses.tidy(super().clean(value))
        try:
            email_addresses.normal(typed)
        except InvalidAddress as refusal:
            raise ValidationError(str(refusal)) from None
        return typed


class NameField(forms.CharField):
    """What somebody or something shall be called: something that can be read, on one line."""

    def __init__(self, *, max_length: int, autocomplete: str = "off", **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": autocomplete})
        super().__init__(max_length=max_length, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        if not typed:
            return ""
        try:
            name = text.clean_name(typed)
        except text.UnreadableName as refusal:
            raise ValidationError(str(refusal)) from None
        self.run_validators(name)  # some letters become two in their normal form
        return name


class LatinNameField(NameField):
    """The same name for readers of other scripts; left out where it is written in Latin letters anyway."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Name in Latin letters"))
        kwargs.setdefault(
            "help_text", _("Used on English pages and in English e-mails. For example: Hanako Mori.")
        )
        super().__init__(max_length=80, required=False, **kwargs)

    def clean(self, value: Any) -> str:
        name = super().clean(value)
        if any(char.isalpha() and "LATIN" not in unicodedata.name(char, "") for char in name):
            raise ValidationError(_("Enter this name in Latin letters."))
        return name


class LinesField(forms.CharField):
    """Free text of several lines, without characters that a page or the database cannot hold."""

    def to_python(self, value: Any) -> str:
        return text.clean_lines(super().to_python(value) or "")
