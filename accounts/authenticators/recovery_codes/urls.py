"""Below ``/account/``."""

from django.urls import path

from accounts.authenticators.recovery_codes import views

urlpatterns = [path("methods/recovery-codes/", views.create, name="recovery_codes")]
