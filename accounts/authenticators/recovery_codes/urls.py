"""Below ``/account/``."""

from django.urls import path

from accounts.authenticators.recovery_codes import views

urlpatterns = [
    path("methods/recovery-codes/", views.create, name="recovery_codes"),
    path("methods/recovery-codes/check/", views.check, name="check_codes"),
    path("methods/recovery-codes/new-code/", views.waiting, name="fresh_codes"),
    path("recovery-code/new/", views.fresh, name="fresh_code"),
]
