from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import passwords
from accounts.credentials import leaked_passwords
from accounts.credentials.password_validation import MAX_LENGTH, judge, min_length
from accounts.models import User
from common.fields import EmailAddressField, LatinNameField, NameField


def current_password_field(label: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label or _("Password"),
        strip=False,
        max_length=512,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


def new_password_field() -> forms.CharField:
    """Its strength is shown while typing, by htmx, below the field. :class:`PasswordForm` says its length."""
    return forms.CharField(
        label=_("New password"),
        strip=False,
        max_length=512,
        widget=forms.PasswordInput(
            attrs={
                "autocomplete": "new-password",
                "hx-post": reverse_lazy("accounts:password_strength"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#strength",
                "hx-params": "new_password,name,name_latin,csrfmiddlewaretoken",
                "hx-sync": "this:replace",
            }
        ),
    )


class SignInForm(forms.Form):
    # "webauthn": while somebody types, the browser offers what it can sign in with by itself.
    email = EmailAddressField(autocomplete="username webauthn")
    password = current_password_field()


class CurrentPasswordForm(forms.Form):
    """For somebody whose address the page knows."""

    current_password = current_password_field()


class AddressForm(forms.Form):
    email = EmailAddressField()


class NewAddressForm(forms.Form):
    email = EmailAddressField(label=_("New e-mail address"), autocomplete="email")


class PasswordForm(forms.Form):
    """A new password, measured with what is known about the person.

    ``link``: what the address of the page names, so that the meter knows the person too.
    """

    new_password = new_password_field()

    def __init__(self, *args: Any, user: User, link: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        field, least = self.fields["new_password"], min_length(user)
        field.help_text = ngettext(
            "At least %(count)d character. Three or four unrelated words make a good password.",
            "At least %(count)d characters. Three or four unrelated words make a good password.",
            least,
        ) % {"count": least}
        attrs = field.widget.attrs
        attrs |= {"minlength": least, "passwordrules": f"minlength: {least}; maxlength: {MAX_LENGTH};"}
        if link:
            attrs["hx-post"] += "?" + urlencode({"link": link})

    def clean_new_password(self) -> str:
        password = passwords.normal(self.cleaned_data["new_password"])
        if reasons := judge(password, self.user).reasons:
            raise ValidationError(list(reasons))
        if leaked_passwords.is_leaked(password):
            raise ValidationError(leaked_passwords.reason())
        return password


class ChangePasswordForm(PasswordForm):
    current_password = current_password_field(_("Current password"))
    field_order = ["current_password", "new_password"]


class DetailsForm(PasswordForm):
    """The last step of signing up."""

    name = NameField(
        label=_("Name"), help_text=_("The name we’ll use for you."), max_length=80, autocomplete="name"
    )
    name_latin = LatinNameField()
    field_order = ["name", "name_latin", "new_password"]

    # The password is measured after these: the name is one of the words that a thief tries first.

    def clean_name(self) -> str:
        self.user.name = self.cleaned_data["name"]
        return self.user.name

    def clean_name_latin(self) -> str:
        self.user.name_latin = self.cleaned_data["name_latin"]
        return self.user.name_latin
