from django.urls import path

from recovery.board.views import approvals
from recovery.board.views import disputes as decisions
from recovery.board.views import overview as board

app_name = "board"
urlpatterns = [
    path("", board.overview, name="overview"),
    path("cases/<int:case>/reassign/", board.reassign, name="reassign"),
    path("disputes/<int:dispute>/", decisions.dispute, name="dispute"),
    path("approvals/<int:approval>/", approvals.approval, name="approval"),
]
