from django.urls import path

from recovery.console.views import case as console
from recovery.console.views import claims as claim
from recovery.console.views import queue as desk

app_name = "console"
urlpatterns = [
    path("", desk.desk, name="desk"),
    path("on-duty/", desk.on_duty, name="on_duty"),
    path("off-duty/", desk.off_duty, name="off_duty"),
    path("ready/", desk.ready, name="ready"),
    path("queue/<int:callback>/take/", desk.take, name="take"),
    path("queue/<int:callback>/accept/", desk.accept, name="accept"),
    path("queue/<int:callback>/pass-on/", desk.pass_on, name="pass_on"),
    path("case/<int:case>/", console.case, name="case"),
    path("case/<int:case>/look/", console.look, name="look"),
    path("case/<int:case>/call/", console.place_call, name="place_call"),
    path("case/<int:case>/call/outcome/", console.outcome, name="outcome"),
    path("case/<int:case>/call/read-out/", console.read_out, name="read_out"),
    path("case/<int:case>/call/hang-up/", console.hang_up, name="hang_up"),
    path("case/<int:case>/evidence/", console.ask, name="ask"),
    path("case/<int:case>/notes/", console.add_note, name="add_note"),
    path("case/<int:case>/approval/", console.request_approval, name="request_approval"),
    path("case/<int:case>/said/", claim.said, name="said"),
    path("case/<int:case>/undo-too/", claim.undo_too, name="undo_too"),
    path("case/<int:case>/sessions/", claim.end_sessions, name="end_sessions"),
    path("case/<int:case>/lost/", claim.lost, name="lost"),
    path("case/<int:case>/restore/", console.restore_account, name="restore"),
    path("case/<int:case>/announce/", console.announce, name="announce"),
    path("case/<int:case>/contest/", console.contest, name="contest"),
    path("case/<int:case>/refuse/", console.refuse, name="refuse"),
    path("case/<int:case>/hand-back/", console.hand_back, name="hand_back"),
]
