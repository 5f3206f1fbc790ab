"""The page of all components, in each of the three frames: what a developer builds pages from."""

from datetime import timedelta

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.access import public
from common import clock
from common.fields import EmailAddressField

FRAMES = ("public", "account", "console")


class SampleForm(forms.Form):
    """One field of each kind, with the words of the help page."""

    email = EmailAddressField(
        label="E-mail address", help_text="The address you used to sign in with.", autocomplete="email"
    )
    way = forms.ChoiceField(
        label="When should we call?",
        choices=[("now", "Call me now"), ("later", "Call me at another time")],
        widget=forms.RadioSelect,
        initial="now",
    )
    code = forms.CharField(
        label="Code",
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    note = forms.CharField(label="Anything we should know", required=False, widget=forms.Textarea)
    language = forms.ChoiceField(label="Language for the call", choices=[("ja", "日本語"), ("en", "English")])
    agreed = forms.BooleanField(label="E-mail me when it’s done", required=False)


@public
def components(request: HttpRequest, frame: str = "public") -> HttpResponse:
    if frame not in FRAMES:
        raise Http404
    now = clock.now()
    return render(
        request,
        "devtools/components.html",
        {
            "layout": f"layouts/{frame}.html",
            "frame": frame,
            "frames": FRAMES,
            "form": SampleForm(),
            "wrong": SampleForm({"email": "hanako", "way": "now", "language": "ja"}),
            "code": "482913",
            "recovery_code": "7g4kq2m9x0abtz5w",
            "times": [
                now - timedelta(**ago) for ago in ({"seconds": 5}, {"minutes": 14}, {"hours": 5}, {"days": 3})
            ],
            "soon": now + timedelta(minutes=25),
            "waits": [3, 5, 4, 8, 12, 9, 6, 7, 4, 3, 5, 2],
            "hours": [0, 0, 1, 0, 0, 2, 4, 9, 14, 12, 10, 8, 9, 11, 13, 9, 7, 6, 8, 12, 15, 19, 24, 17],
        },
    )
