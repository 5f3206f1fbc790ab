"""Below ``/account/``."""

from django.urls import path

from accounts.authenticators.totp import views

urlpatterns = [
    path("enrol/app/", views.enrol, name="enrol_totp"),
    path("enrol/app/qr/", views.qr, name="qr"),
    path("methods/add/", views.add, name="totp_add"),
    path("methods/<int:replaces>/replace/", views.add, name="totp_replace"),
    path("methods/<int:authenticator>/remove/", views.remove, name="totp_remove"),
]
