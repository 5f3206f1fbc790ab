"""Who may reach a view. Without a mark a view is for people who have shown a second factor, and nobody else.

The marks only mark; :class:`accounts.middleware.AccessMiddleware` is the one place that decides.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest

from accounts.models import User

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC, PASSWORD_ONLY, ENROLLING, VERIFIED = "public", "password_only", "enrolling", "verified"


class SignedInRequest(HttpRequest):
    """The password was right; whether a second factor was shown is not said."""

    user: User


class VerifiedRequest(SignedInRequest):
    """A second factor was shown in this session."""


def public(view: View) -> View:
    """For everybody."""
    return _mark(view, access=PUBLIC)


def password_only(view: View) -> View:
    """Also for people who have given their password and still owe the second factor."""
    return _mark(view, access=PASSWORD_ONLY)


def enrolling(view: View) -> View:
    """Also for people who have given their password and have no second factor to give."""
    return _mark(view, access=ENROLLING)


def needs(permission: str) -> Callable[[View], View]:
    """Only with this permission; to everybody else who is signed in the page does not exist."""

    def mark(view: View) -> View:
        return _mark(view, needs=permission)

    return mark


def fresh_factor_required(view: View) -> View:
    """Only after a second factor that is not older than five minutes; else it is asked for first.

    A code that was typed pays for one POST. Where that changes nothing and yet redirects, the view says so by
    :func:`nothing_changed`.
    """
    return _mark(view, fresh=True)


def fresh_factor_required_unless(over: Callable[..., bool]) -> Callable[[View], View]:
    """As :func:`fresh_factor_required`; who only looks need show nothing where ``over`` says that there is
    nothing to do on the page (any more). It is called as the view is.
    """

    def mark(view: View) -> View:
        return _mark(view, fresh=True, over=over)

    return mark


def nothing_changed(request: HttpRequest) -> None:
    """The factor that was shown for this request stays good."""
    request.nothing_changed = True  # type: ignore[attr-defined]


def access_of(view: Callable[..., Any]) -> str:
    return str(getattr(view, "access", VERIFIED))


def _mark(view: View, **marks: object) -> View:
    for name, value in marks.items():
        setattr(view, name, value)
    return view
