"""*Enter a code from an e-mail*: for everybody. GET shows, POST leads to where the mail's link would lead."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import public
from accounts.mail_codes import services
from accounts.mail_codes.forms import MailCodeForm
from accounts.responses import page, status_of, with_retry_after
from common import browser_cookie
from common.errors import Throttled


@public
@require_http_methods(["GET", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    form = MailCodeForm(request.POST if request.method == "POST" else None)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            path = services.open_code(code=form.cleaned_data["code"], browser=browser_cookie.read(request))
            if path is not None:
                return HttpResponseRedirect(path)
            form.add_error("code", _("This code is incorrect or no longer works. Check it and try again."))
        except Throttled as caught:
            refusal = caught
            form.add_error(None, str(refusal))
    status = status_of(refusal) if refusal else 422 if form.errors else 200
    return with_retry_after(page(request, "mail_code", status=status, form=form), refusal)
