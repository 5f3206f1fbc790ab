from django.urls import path

from recovery.console.views import calls, case, claims, closing, evidence, notes, queue

app_name = "console"
urlpatterns = [
    path("", queue.desk, name="desk"),
    path("on-duty/", queue.on_duty, name="on_duty"),
    path("off-duty/", queue.off_duty, name="off_duty"),
    path("ready/", queue.ready, name="ready"),
    path("queue/<int:callback>/take/", queue.take, name="take"),
    path("queue/<int:callback>/accept/", queue.accept, name="accept"),
    path("queue/<int:callback>/pass-on/", queue.pass_on, name="pass_on"),
    path("case/<int:case>/", case.case, name="case"),
    path("case/<int:case>/look/", case.look, name="look"),
    path("case/<int:case>/call/", calls.place_call, name="place_call"),
    path("case/<int:case>/call/outcome/", calls.outcome, name="outcome"),
    path("case/<int:case>/call/read-out/", calls.read_out, name="read_out"),
    path("case/<int:case>/call/hang-up/", calls.hang_up, name="hang_up"),
    path("case/<int:case>/evidence/", evidence.ask, name="ask"),
    path("case/<int:case>/notes/", notes.add_note, name="add_note"),
    path("case/<int:case>/approval/", evidence.request_approval, name="request_approval"),
    path("case/<int:case>/said/", claims.said, name="said"),
    path("case/<int:case>/undo-too/", claims.undo_too, name="undo_too"),
    path("case/<int:case>/sessions/", claims.end_sessions, name="end_sessions"),
    path("case/<int:case>/lost/", claims.lost, name="lost"),
    path("case/<int:case>/restore/", closing.restore_account, name="restore"),
    path("case/<int:case>/announce/", closing.announce, name="announce"),
    path("case/<int:case>/contest/", closing.contest, name="contest"),
    path("case/<int:case>/refuse/", closing.refuse, name="refuse"),
    path("case/<int:case>/hand-back/", closing.hand_back, name="hand_back"),
]
