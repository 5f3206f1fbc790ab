"""Fields of a form, and how a page says that something in a form is wrong. A builtin of every template."""

from typing import Any

from django import template
from django.core.exceptions import NON_FIELD_ERRORS
from django.forms import BaseForm, BoundField
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

REFUSED = "_refused_forms"
"""Under this name the body notes its refused forms; no view gives a page anything of that name."""


@register.inclusion_tag("components/field.html")
def field(
    bound: BoundField,
    hint: str = "",
    label: str = "",
    kind: str = "",
    optional: bool | None = None,
    options: str = "",
    offer: bool = False,
) -> dict[str, Any]:
    """Label, hint, message and input of one form field, tied together for screen readers.

    ``kind``: ``code`` (large, monospace), ``long-code`` (16 letters and more), ``short``, ``choices`` (radio
    buttons as cards), ``check`` (one checkbox), ``password``; the last three are found from the widget where
    it says so. A field that the browser fills by a ceremony is known by its class: with ``options`` it
    creates something; ``offer``: the browser may begin by itself.
    """
    input_type = getattr(bound.field.widget, "input_type", "")
    if not kind and input_type == "radio":
        kind = "choices"
    if not kind and input_type == "checkbox":
        kind = "check" if not hasattr(bound.field, "choices") else "choices"
    if not kind and input_type == "password":
        kind = "password"
    hint = hint or str(bound.help_text or "")
    described = [f"{bound.auto_id}_hint"] if hint else []
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attrs: dict[str, Any] = {}
    if described and kind != "choices":
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors and kind != "choices":
        attrs["aria-invalid"] = "true"
    if kind in ("code", "long-code"):
        css = "code-input" if kind == "code" else "code-input long"
        attrs |= {"class": css, "spellcheck": "false", "autocapitalize": "off"}
    if kind == "password":
        attrs |= {"spellcheck": "false", "autocapitalize": "off"}  # for the time in which it is shown
    ceremony = getattr(bound.field, "ceremony", None)
    if ceremony:
        kind = "ceremony"
        attrs = {"id": f"{bound.auto_id}_shown"}  # what the list of problems leads to is the part around it
    return {
        "bound": bound,
        "kind": kind,
        "ceremony": ceremony,
        "options": options,
        "offer": offer,
        "radio": input_type == "radio",
        "label": label or bound.label,
        "hint": hint,
        "hint_id": f"{bound.auto_id}_hint" if hint else "",
        "optional": (not bound.field.required and kind != "check") if optional is None else optional,
        "input": "" if kind == "choices" else bound.as_widget(attrs=attrs),
    }


@register.simple_tag
def choices_attributes(bound: BoundField, css: str = "", hint: str = "") -> SafeString:
    """What a fieldset of choices needs that a template prints one by one: as ``field`` does for the others.

    ``css``: further classes; ``hint``: the id of what explains the choices.
    """
    described = [hint, f"{bound.auto_id}_error" if bound.errors else ""]
    attrs = {
        "class": " ".join(filter(None, ["field choices", css, "invalid" if bound.errors else ""])),
        "id": bound.auto_id,
        "tabindex": "-1" if bound.errors else "",
        "aria-describedby": " ".join(filter(None, described)),
    }
    return format_html_join(" ", '{}="{}"', ((name, value) for name, value in attrs.items() if value))


class _Ahead(template.Node):
    def __init__(self, nodes: template.NodeList) -> None:
        self.nodes = nodes

    def render(self, context: template.Context) -> SafeString:
        refused: list[BaseForm] = []
        with context.push(**{REFUSED: refused}):
            body = self.nodes.render(context)
        context["body"], context["has_problem"] = body, bool(refused)
        return SafeString("")


@register.tag
def ahead(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """``{% ahead %}...{% endahead %}``: rendered now and shown later as ``{{ body }}``.

    So the title knows by ``has_problem`` whether the page says that something is wrong, whatever says it.
    """
    nodes = parser.parse(["endahead"])
    parser.delete_first_token()
    return _Ahead(nodes)


@register.simple_tag(takes_context=True)
def problems(context: template.Context, form: BaseForm | None, problem: str = "") -> dict[str, Any]:
    """What is wrong in a form, or the ``problem`` why nothing was done: for ``components/errors.html``.

    Where a doubt about the account is why, a link leads to where its owner settles that, and back.
    """
    general = [problem] if problem else []
    items: list[tuple[str, str, str]] = []
    doubted = False
    if form:
        general += map(str, form.non_field_errors())
        items = [
            (form[name].id_for_label or form[name].auto_id, str(form[name].label), str(text))
            for name in form.fields
            for text in form.errors.get(name, [])
        ]
        doubted = form.has_error(NON_FIELD_ERRORS, "doubted")
    if (general or items) and REFUSED in context:
        context[REFUSED].append(form)
    back = context.get("next") or (context["request"].path if doubted else "")
    return {"general": general, "items": items, "doubted": doubted, "back": back}
