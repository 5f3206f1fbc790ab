from django.urls import path

from recovery.board.views import approvals, disputes, overview

app_name = "board"
urlpatterns = [
    path("", overview.overview, name="overview"),
    path("cases/<int:case>/reassign/", overview.reassign, name="reassign"),
    path("disputes/<int:dispute>/", disputes.dispute, name="dispute"),
    path("approvals/<int:approval>/", approvals.approval, name="approval"),
]
