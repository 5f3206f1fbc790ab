from importlib import import_module

from django.urls import path

from accounts.authenticators import registry
from accounts.credentials import views as credentials
from accounts.disputes.views import not_me_session
from accounts.disputes.views import was_this_you as doubt
from accounts.due_changes import views as due_changes
from accounts.enrolment import views as enrolment
from accounts.notice_address import views as notice_address
from accounts.pages import views as overview
from accounts.recovery_contacts import views as contacts
from accounts.sessions import views as sessions
from accounts.sign_in import views as sign_in
from accounts.sign_up import views as sign_up

app_name = "accounts"

urlpatterns = [
    path("", overview.check_up, name="check_up"),
    path("activity/", overview.activity, name="activity"),
    path("history/", overview.history, name="history"),
    path("history/<int:change>/object/", overview.object_to, name="object"),
    path("waiting/<int:change>/cancel/", due_changes.cancel, name="cancel_change"),
    path("was-this-you/", doubt.was_this_you, name="doubt"),
    path("was-this-you/sign-in/", not_me_session.review, name="review_sign_in"),
    path("profile/", overview.profile, name="profile"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/verify/", sign_in.verify, name="verify"),
    *(
        path(
            f"sign-in/{kind.pages.verify_path}",
            sign_in.verify,
            {"factor": kind.factor},
            name=kind.pages.verify,
        )
        for kind in registry.KINDS
    ),
    *(
        path(
            f"sign-in/{kind.pages.verify_path}alone/",
            sign_in.enter,
            {"factor": kind.factor},
            name=f"{kind.pages.verify}_alone",
        )
        for kind in registry.without_password()
    ),
    path("enrol/", sign_up.choose_factor, name="enrol"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("signed-out/", sign_in.signed_out, name="signed_out"),
    path("sign-up/", sign_up.sign_up, name="sign_up"),
    path("sign-up/sent/", sign_up.sign_up_sent, name="sign_up_sent"),
    path("sign-up/link/<str:token>/", sign_up.open_link, name="sign_up_link"),
    path("sign-up/details/", sign_up.details, name="sign_up_details"),
    path("enrolment/sent/", enrolment.sent, name="enrolment_sent"),
    path("enrolment/link/<str:token>/", enrolment.open_link, name="enrolment_link"),
    path("enrolment/", enrolment.enrolment, name="enrolment"),
    path("methods/", overview.methods, name="methods"),
    path("methods/<int:authenticator>/rename/", overview.rename, name="rename"),
    *(page for kind in registry.KINDS for page in import_module(kind.pages.urls).urlpatterns),
    path("password/", credentials.change_password, name="change_password"),
    path("password/strength/", credentials.password_strength, name="password_strength"),
    path("password/forgot/", credentials.forgot, name="forgot"),
    path("password/forgot/sent/", credentials.forgot_sent, name="forgot_sent"),
    path("password/link/<str:token>/", credentials.open_password_link, name="password_link"),
    path("password/choose/", credentials.choose_password, name="choose_password"),
    path("email/", credentials.change_email, name="change_email"),
    path("email/cancel/", credentials.cancel_email_change, name="cancel_email_change"),
    path("email/link/<str:token>/", credentials.open_email_link, name="email_link"),
    path("email/stop/link/<str:token>/", credentials.open_stop_email_link, name="stop_email_link"),
    path("email/stop/", credentials.stop_email, name="stop_email"),
    path("email/confirm/", credentials.confirm_email, name="confirm_email"),
    path("notices/", notice_address.edit, name="notice_address"),
    path("notices/cancel/", notice_address.cancel, name="cancel_notice"),
    path("notices/remove/", notice_address.remove, name="remove_notice"),
    path("notices/link/<str:token>/", notice_address.open_link, name="notice_link"),
    path("notices/confirm/", notice_address.confirm, name="confirm_notice"),
    path("contacts/", contacts.overview, name="contacts"),
    path("contacts/add/", contacts.add, name="add_contact"),
    path("contacts/<int:contact>/invite/", contacts.invite, name="invite_contact"),
    path("contacts/<int:contact>/remove/", contacts.remove, name="remove_contact"),
    path("contact/link/<str:token>/", contacts.open_link, name="contact_link"),
    path("contact/", contacts.answer, name="contact"),
    path("sessions/", sessions.sessions, name="sessions"),
    path("sessions/end-others/", sessions.end_others, name="end_other_sessions"),
    path("sessions/<uuid:session>/end/", sessions.end, name="end_session"),
]
