from django.urls import path

from accounts.staff import views

app_name = "staff"

urlpatterns = [
    path("", views.people, name="people"),
    path("invite/", views.invite, name="invite"),
    path("<int:person>/", views.person, name="person"),
    path("<int:person>/role/", views.role, name="role"),
    path("<int:person>/end-sessions/", views.end_sessions, name="end_sessions"),
    path("<int:person>/sessions/<uuid:session>/end/", views.end_session, name="end_session"),
    path("<int:person>/disable/", views.disable, name="disable"),
    path("<int:person>/enable/", views.enable, name="enable"),
]
