"""Every address of the portal. ``tests/permissions`` holds each against each role."""

from django.urls import include, path

from accounts.credentials import well_known
from accounts.disputes.views import not_me, not_me_session
from accounts.mail_codes import views as mail_codes
from accounts.pages import views as overview
from portal import health, live, views

urlpatterns = [
    path("", views.home, name="home"),
    path("account/", include("accounts.urls")),
    path("", include("recovery.urls")),
    path("code/", mail_codes.enter, name="mail_code"),
    path("not-me/", not_me.page, name="not_me"),
    path("not-my-sign-in/", not_me_session.page, name="not_me_session"),
    path("not-my-sign-in/link/<str:token>/", not_me_session.open_link, name="not_me_session_link"),
    path("not-me/<str:token>/", not_me.open_link, name="not_me_link"),
    path("staff/", include("accounts.staff.urls")),
    path("trail/", include("audit.search.urls")),
    path("language/", overview.set_language, name="set_language"),
    path("live/case/", live.case, name="live_case"),
    path("live/desk/", live.desk, name="live_desk"),
    path(".well-known/change-password", well_known.change_password, name="change_password"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
