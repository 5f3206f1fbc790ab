"""What the agent writes down: during the call, and in the wrap-up after it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import VerifiedRequest, needs
from common.errors import Refusal
from recovery.cases import changes
from recovery.console.access import own_case
from recovery.console.forms import NoteForm
from recovery.console.page import case_page, elsewhere, notes_part


@needs("desk.work")
@require_POST
def add_note(request: VerifiedRequest, case: int) -> HttpResponse:
    row = own_case(request, case)
    if row.is_snapshot:
        messages.warning(request, _("Your wrap-up has ended, so you can’t add to this case."))
        return elsewhere(request, "console:case", case)
    form = NoteForm(request.POST)
    if form.is_valid():
        try:
            changes.add_note(case=row, by=request.user.pk, text=form.cleaned_data["text"])
        except Refusal as refusal:
            form.add_error(None, str(refusal))
    written = form.is_valid()
    if request.headers.get("HX-Request"):
        context = notes_part(request, row, NoteForm() if written else form, written=written)
        return render(request, "recovery/console/notes.html", context, status=200 if written else 422)
    if not written:
        return case_page(request, row, status=422, note_form=form)
    return redirect(f"{reverse('console:case', args=[case])}#notes")
