"""The desk, the board, and the claimant's pages: none of the latter has a name of a case in its address."""

from django.urls import include, path

from recovery.authenticity import views as authenticity
from recovery.claimant.views import dispute, link, request, status
from recovery.console.views import record
from recovery.vouching import views as vouching

urlpatterns = [
    path("desk/", include("recovery.console.urls")),
    path("board/", include("recovery.board.urls")),
    path("trail/case/<int:case>/", record.record, name="trail_case"),
    path("help/", request.categories, name="help"),
    path("help/link/<str:token>/", link.open_link, name="help_link"),
    path("help/confirm/", link.confirm, name="help_confirm"),
    path("help/<slug:category>/", request.step, name="help_call"),
    path("help/<slug:category>/check/", request.check, name="help_check"),
    path("help/<slug:category>/<slug:step>/", request.step, name="help_step"),
    path("status/", status.page, name="status"),
    path("status/evidence/<int:evidence_id>/", status.answer, name="status_answer"),
    path("status/number/", status.number, name="status_number"),
    path("status/time/", status.time, name="status_time"),
    path("status/cancel/", status.cancel, name="status_cancel"),
    path("status/code/", status.code, name="status_code"),
    path("is-this-you/", authenticity.page, name="is_this_you"),
    path("is-this-you/mail/", authenticity.mail, name="is_this_you_mail"),
    path("is-this-you/call/", authenticity.call, name="is_this_you_call"),
    path("vouch/link/<str:token>/", vouching.open_link, name="vouch_link"),
    path("vouch/", vouching.page, name="vouch"),
    path("dispute/", dispute.by_link, name="dispute"),
    path("dispute/link/<str:token>/", dispute.open_link, name="dispute_link"),
    path("dispute/mine/", dispute.signed_in, name="dispute_mine"),
]
