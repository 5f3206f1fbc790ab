"""Below ``/account/``."""

from django.urls import path

from accounts.authenticators.passkeys import views

urlpatterns = [
    path("passkey/challenge/", views.challenge, name="passkey_challenge"),
    path("enrol/passkey/", views.enrol, name="enrol_passkey"),
    path("methods/passkey/", views.add, name="passkey_add"),
    path("methods/passkey/<int:authenticator>/remove/", views.remove, name="passkey_remove"),
]
