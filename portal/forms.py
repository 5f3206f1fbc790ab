"""How a field becomes HTML."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

PLAIN = frozenset(
    f"django/forms/widgets/{kind}.html"
    for kind in ("input", "text", "email", "password", "number", "tel", "url", "hidden")
)


class Renderer(DjangoTemplates):
    """Django's, but a plain ``<input>`` is put together here: nested templates take ten times as long."""

    def render(self, template_name: str, context: dict[str, Any], request: HttpRequest | None = None) -> str:
        if template_name not in PLAIN:
            return super().render(template_name, context, request)
        widget = context["widget"]
        value = widget["value"]
        return format_html(
            '<input type="{}" name="{}"{}{}>',
            widget["type"],
            widget["name"],
            SafeString("") if value is None else format_html(' value="{}"', str(value)),
            flatatt(widget["attrs"]),
        )
