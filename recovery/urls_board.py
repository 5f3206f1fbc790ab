from django.urls import path

from recovery.views import approvals, board

app_name = "board"
urlpatterns = [
    path("", board.overview, name="overview"),
    path("cases/<int:case>/reassign/", board.reassign, name="reassign"),
    path("approvals/<int:approval>/", approvals.approval, name="approval"),
]
