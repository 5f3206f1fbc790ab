"""The portal's addresses and, in the demo and in tests only, the pages of a developer."""

from django.urls import include, path

from devtools import components, views

urlpatterns = [
    path("", include("portal.urls")),
    path("demo/mail/", views.mails, name="demo_mails"),
    path("demo/mail/<str:name>/", views.mail, name="demo_mail"),
    path("demo/mail/<str:name>/page/", views.mail_as_page, name="demo_mail_page"),
    path("demo/components/", components.components, name="demo_components"),
    path("demo/components/<str:frame>/", components.components, name="demo_components_in"),
]
