"""docker-compose.yml against the compose specification, the settings and the tree. No engine is needed."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.repository.test_settings import ROOT, read_by_settings

OURS = ("web", "live", "worker", "beat", "migrate")
# They belong to the demo or to a desk.
NOT_IN_CONTAINERS = {"DEMO", "DEBUG"}
ONE_SHOT = {"migrate"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_it_follows_the_compose_specification(compose):
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.Draft7Validator(json.loads(schema.read_text())).validate(compose)


def test_all_parts_are_there(compose):
    assert set(compose["services"]) == {*OURS, "proxy", "postgres", "redis", "mail"}


def test_every_part_that_stays_has_a_health_check(compose):
    without = {name for name, service in compose["services"].items() if "healthcheck" not in service}
    assert without == ONE_SHOT


@pytest.mark.parametrize("name", OURS)
def test_it_sets_only_variables_that_the_settings_read(compose, name):
    assert set(compose["services"][name]["environment"]) <= read_by_settings() - NOT_IN_CONTAINERS


@pytest.mark.parametrize("name", OURS)
def test_what_has_no_default_is_set(compose, name):
    needed = {"ORIGIN", "SECRET_KEY", "SEALING_KEYS", "DATABASE_URL", "REDIS_URL"}
    assert needed <= set(compose["services"][name]["environment"])


def test_everything_that_an_operator_may_set_reaches_the_containers(compose):
    passed = set(compose["services"]["web"]["environment"])
    fixed_elsewhere = NOT_IN_CONTAINERS | {"DATABASE_CONNECTION_AGE"}
    assert read_by_settings() - passed <= fixed_elsewhere


def test_streams_go_to_the_process_that_can_hold_them():
    routes = (ROOT / "docker/Caddyfile").read_text()
    assert re.search(r"@live path /live/\*", routes)
    assert re.search(r"reverse_proxy @live live:8001", routes)
    # With it the proxy keeps a stream open behind a browser that has gone.
    assert not re.search(r"^\s*flush_interval", routes, re.MULTILINE)


def test_the_image_leaves_the_developers_tools_behind():
    assert re.search(r"^RUN rm -rf devtools tests", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_mounted_files_exist(compose):
    mounted = [
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    ]
    assert all(Path(ROOT / path).exists() for path in mounted if path.startswith("./"))
