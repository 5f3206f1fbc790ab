from django.urls import path

from recovery.views import approvals, board, decisions

app_name = "board"
urlpatterns = [
    path("", board.overview, name="overview"),
    path("cases/<int:case>/reassign/", board.reassign, name="reassign"),
    path("disputes/<int:dispute>/", decisions.dispute, name="dispute"),
    path("approvals/<int:approval>/", approvals.approval, name="approval"),
]
