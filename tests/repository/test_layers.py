"""What the import contracts cannot see: strings that name models and tasks."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import current_app
from django.apps import apps
from django.conf import settings
from django.db.models import ForeignKey, Model, OneToOneField

from portal.schedule import SCHEDULE

# Lowest first; the two in the middle do not know each other.
LAYERS = (("common",), ("audit",), ("notifications", "telephony"), ("accounts",), ("recovery",))
HEIGHT = {app: height for height, layer in enumerate(LAYERS) for app in layer}
ROOT = Path(settings.BASE_DIR)


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in HEIGHT]


def test_no_foreign_key_points_upward_or_sideways() -> None:
    for model in our_models():
        for field in model._meta.get_fields():
            if not isinstance(field, ForeignKey | OneToOneField):
                continue
            target = field.related_model._meta.app_label
            own = model._meta.app_label
            assert target == own or HEIGHT.get(target, -1) < HEIGHT[own], f"{model.__name__}.{field.name}"


def test_the_trail_has_no_foreign_keys_at_all() -> None:
    event = apps.get_model("audit", "Event")
    assert not [field for field in event._meta.get_fields() if field.is_relation]


RINGS = {"enqueue_on_commit", "enqueue_once_on_commit"}


def rung_for() -> Iterator[tuple[str, str]]:
    """Every ``enqueue_on_commit("name", ...)`` of the tree, or ``_once``: the place and the name."""
    for app in ("audit", "notifications", "telephony", "accounts", "recovery", "portal"):
        for path in sorted((ROOT / app).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RINGS:
                    name = node.args[0]
                    assert isinstance(name, ast.Constant), f"{path}: the name of a task is written out"
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", str(name.value)


def test_every_task_that_is_rung_for_is_registered() -> None:
    current_app.loader.import_default_modules()
    found = list(rung_for())
    assert found
    for place, name in found:
        assert name in current_app.tasks, place


@pytest.mark.parametrize("entry", sorted(SCHEDULE))
def test_everything_in_the_schedule_is_registered(entry: str) -> None:
    current_app.loader.import_default_modules()
    assert SCHEDULE[entry]["task"] in current_app.tasks


def test_every_state_column_moves_by_a_table() -> None:
    for model in our_models():
        for field in model._meta.fields:
            if field.name == "state":
                assert field.get_default() in getattr(model, "TRANSITIONS", {}), model


def test_services_know_nothing_of_requests_and_answers() -> None:
    """They get ids and plain values, so that a task, a command or a test can call them as well as a page."""
    found = [path for app in HEIGHT for path in (ROOT / app).rglob("services*.py")]
    assert found
    for path in found:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.{one.name}" for one in node.names]
            else:
                continue
            for name in names:
                assert not name.startswith("django.http"), path
                assert not name.endswith(".http_session"), path
