"""How a field becomes HTML."""

from typing import Any

from django.forms.renderers import DjangoTemplates
from django.http import HttpRequest
from django.utils.html import conditional_escape
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
        attributes = {"type": widget["type"], "name": widget["name"], "value": widget["value"]}
        parts = ["<input"]
        for name, value in {**attributes, **widget["attrs"]}.items():
            if value is True:
                parts.append(f" {name}")
            elif value is not None and value is not False:
                parts.append(f' {name}="{conditional_escape(value)}"')
        return SafeString("".join(parts) + ">")
