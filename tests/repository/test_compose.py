"""docker-compose.yml against the compose specification, the settings and the tree. No engine is needed."""

import base64
import json
import re
import shlex
import shutil
import stat
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from portal import env
from tests.repository.test_settings import ROOT, read_by_settings

OURS = ("web", "live", "worker", "beat", "migrate")
# They belong to the demo or to a desk.
NOT_IN_CONTAINERS = {"DEMO", "DEBUG"}
ONE_SHOT = {"migrate"}
TEXT = (ROOT / "docker-compose.yml").read_text()

SECRETS = {
    "SECRET_KEY",
    "SEALING_KEYS",
    "POSTGRES_PASSWORD",
    "DATABASE_OWNER_PASSWORD",
    "DATABASE_APP_PASSWORD",
    "REDIS_PASSWORD",
}
# What only the operator knows, and what must not be guessed: a mail server, who mails and who calls.
TO_BE_GIVEN = {"ORIGIN", "SMTP_HOST", "MAIL_FROM", "CALLER_NUMBER"}

# ${NAME}, ${NAME:-default} and ${NAME:?what is missing}, as compose reads them; $$ is a dollar.
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>[A-Z_]+)(?::(?P<mark>[-?])(?P<rest>[^}]*))?\}")


class Refused(Exception):
    """What compose says when it starts nothing."""


def interpolated(given: dict[str, str]) -> dict[str, Any]:
    """The file as compose reads it with these variables.

    Raises:
        Refused: one that must be given is missing or empty.
    """

    def value(found: re.Match[str]) -> str:
        name, mark, rest = found["name"], found["mark"], found["rest"]
        if given.get(name):
            return given[name]
        if mark == "?":
            raise Refused(f"{name}: {rest}")
        return rest or ""

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: walk(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [walk(inner) for inner in part]
        return VARIABLE.sub(value, part).replace("$$", "$") if isinstance(part, str) else part

    loaded: dict[str, Any] = walk(yaml.safe_load(TEXT))
    return loaded


def make_env(folder: Path, argument: str) -> subprocess.CompletedProcess[str]:
    """Run docker/make-env.sh in a clone of its own."""
    (folder / "docker").mkdir(exist_ok=True)
    shutil.copy(ROOT / "docker/make-env.sh", folder / "docker")
    command = ["sh", "docker/make-env.sh", argument]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def read_env(folder: Path) -> dict[str, str]:
    lines = (folder / ".env").read_text().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and not line.startswith("#")]
    return {name: "".join(shlex.split(value)) for name, value in pairs}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(TEXT)
    return loaded


@pytest.fixture
def trial(tmp_path: Path) -> dict[str, str]:
    """What `sh docker/make-env.sh --trial` writes."""
    assert make_env(tmp_path, "--trial").returncode == 0
    return read_env(tmp_path)


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


@pytest.mark.parametrize("missing", sorted(SECRETS | TO_BE_GIVEN))
def test_without_it_compose_starts_nothing_and_says_what_to_do(trial, missing):
    for empty in ({missing: ""}, {}):
        given = {name: value for name, value in trial.items() if name != missing} | empty
        with pytest.raises(Refused, match=rf"^{missing}: missing in \.env, .{{20}}"):
            interpolated(given)


def test_no_secret_has_a_default_anywhere():
    for found in VARIABLE.finditer(TEXT):
        if re.search("PASSWORD|KEY", found["name"]) and found["mark"] == "-":
            assert not found["rest"], found[0]
    for name, value in re.findall(r"^ +(\w*(?:PASSWORD|KEY|AUTH)\w*): (.+)$", TEXT, re.MULTILINE):
        assert re.fullmatch(r'"?\$\{[^}]+\}"?', value), name
    for address in re.findall(r"\w+://\S+@\S+", VARIABLE.sub("?", TEXT)):
        assert re.match(r"\w+://\w*:\?@", address), address
    example = (ROOT / ".env.example").read_text()
    assert not re.search(r"^\w*(?:PASSWORD|KEYS?|_URL)=.+$", example, re.MULTILINE)


def test_the_made_env_of_a_trial_starts_it_with_a_mail_catcher(trial):
    services = interpolated(trial)["services"]
    assert trial["COMPOSE_PROFILES"] == "trial"
    web = services["web"]["environment"]
    assert (web["SMTP_HOST"], web["SMTP_PORT"], web["SMTP_STARTTLS"]) == ("mail", "1025", "false")
    assert web["ORIGIN"] == "http://localhost:8080"
    assert services["proxy"]["ports"][0] == "127.0.0.1:8080:80"


def test_the_made_env_of_a_machine_for_people_asks_for_what_only_they_know(tmp_path):
    made = make_env(tmp_path, "https://recovery.example.com/")
    assert made.returncode == 0
    assert made.stdout.strip().endswith("Fill in: SMTP_HOST SMTP_USER SMTP_PASSWORD MAIL_FROM CALLER_NUMBER")
    written = read_env(tmp_path)
    with pytest.raises(Refused):
        interpolated(written)
    filled = {
        "SMTP_HOST": "mail.example.com",
        "MAIL_FROM": "x@example.com",
        "CALLER_NUMBER": "+81 3 5550 0100",
    }
    services = interpolated(written | filled)["services"]
    web = services["web"]["environment"]
    assert web["ORIGIN"] == "https://recovery.example.com"
    assert (web["SMTP_PORT"], web["SMTP_STARTTLS"]) == ("587", "true")
    assert services["proxy"]["environment"]["SITE_ADDRESS"] == "recovery.example.com"
    assert services["proxy"]["ports"] == ["80:80", "443:443", "443:443/udp"]
    assert "COMPOSE_PROFILES" not in written


def test_each_made_secret_is_long_and_its_own(tmp_path, trial):
    other = tmp_path / "other"
    other.mkdir()
    make_env(other, "--trial")
    secrets = [written[name] for written in (trial, read_env(other)) for name in SECRETS]
    assert len(set(secrets)) == 2 * len(SECRETS)
    assert all(re.fullmatch(r"[\w-]{43,64}=?", secret) for secret in secrets)
    assert len(base64.urlsafe_b64decode(trial["SEALING_KEYS"])) == 32
    # Django wants 50 signs.
    assert len(trial["SECRET_KEY"]) >= 50


def test_a_made_env_is_private_and_never_overwritten(tmp_path):
    make_env(tmp_path, "--trial")
    file = tmp_path / ".env"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_text()
    again = make_env(tmp_path, "--trial")
    assert (again.returncode, file.read_text()) == (1, before)
    assert ".env is there already" in again.stderr


@pytest.mark.parametrize("argument", ["", "http://recovery.example.com", "recovery.example.com", "https://"])
def test_an_origin_without_encryption_gets_no_env(tmp_path, argument):
    assert make_env(tmp_path, argument).returncode == 2
    assert not (tmp_path / ".env").exists()


def test_every_image_is_one_release(compose):
    images = {
        name: service["image"] for name, service in compose["services"].items() if "build" not in service
    }
    images |= dict(enumerate(re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)))
    assert len(images) == 6
    for name, image in images.items():
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[a-z]+)*", image), (name, image)
    # PostgreSQL counts its releases by two numbers, all others by three.
    two = [name for name, image in images.items() if re.search(r":v?\d+\.\d+(-|$)", image)]
    assert two == ["postgres"]


def test_our_image_is_built_here(compose):
    for name in OURS:
        assert (compose["services"][name]["build"], compose["services"][name]["image"]) == (".", "orikaeshi")


def test_only_migrations_sign_in_as_the_owner_of_the_tables(trial, monkeypatch):
    services = interpolated(trial)["services"]
    for name in OURS:
        monkeypatch.setenv("X", services[name]["environment"]["DATABASE_URL"])
        database = env.database("X")
        role = "owner" if name == "migrate" else "app"
        assert database["USER"] == f"portal_{role}"
        assert database["PASSWORD"] == trial[f"DATABASE_{role.upper()}_PASSWORD"]
    elsewhere = {name: service for name, service in services.items() if name not in {"migrate", "postgres"}}
    for secret in ("DATABASE_OWNER_PASSWORD", "POSTGRES_PASSWORD"):
        assert trial[secret] not in json.dumps(elsewhere)


def test_both_roles_are_made_when_the_volume_is_new(compose):
    postgres = compose["services"]["postgres"]
    assert "./docker/postgres-roles.sh:/docker-entrypoint-initdb.d/roles.sh:ro" in postgres["volumes"]
    assert {"DATABASE_OWNER_PASSWORD", "DATABASE_APP_PASSWORD"} <= set(postgres["environment"])
    # Meanwhile the image's server answers on its socket: healthy is who answers by TCP.
    assert "--host" in postgres["healthcheck"]["test"]


def test_valkey_asks_for_a_password_that_stands_on_no_command_line(trial):
    loaded = interpolated(trial)
    redis = loaded["services"]["redis"]
    password = trial["REDIS_PASSWORD"]
    assert redis["configs"] == [{"source": "valkey", "target": redis["command"][1]}]
    assert f"requirepass {password}" in loaded["configs"]["valkey"]["content"].splitlines()
    assert password not in " ".join([*redis["command"], *redis["healthcheck"]["test"]])
    assert redis["environment"]["REDISCLI_AUTH"] == password
    for name in OURS:
        assert loaded["services"][name]["environment"]["REDIS_URL"] == f"redis://:{password}@redis:6379/0"


def test_only_a_trial_has_a_mail_catcher(compose):
    profiles = {
        name: service["profiles"] for name, service in compose["services"].items() if "profiles" in service
    }
    assert profiles == {"mail": ["trial"]}
    assert all("mail" not in service.get("depends_on", {}) for service in compose["services"].values())


def test_nothing_but_the_proxy_is_reached_from_outside(compose):
    published = {
        name: service["ports"] for name, service in compose["services"].items() if "ports" in service
    }
    assert set(published) == {"proxy", "mail"}
    assert all(port.startswith("127.0.0.1:") for port in published["mail"])


def test_logs_of_every_part_have_an_end(compose):
    assert all(service["logging"]["driver"] == "local" for service in compose["services"].values())


def test_http_2_and_3_are_spoken_and_reach_the_proxy(compose):
    assert re.search(r"^\t\tprotocols h1 h2 h3$", (ROOT / "docker/Caddyfile").read_text(), re.MULTILINE)
    assert any(port.endswith(":443/udp") for port in compose["services"]["proxy"]["ports"])


def test_a_proxy_in_front_is_told_to_both_who_must_know(compose):
    assert compose["services"]["proxy"]["environment"]["OUTER_PROXIES"] == "${OUTER_PROXIES:-}"
    assert compose["services"]["web"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"
    assert "trusted_proxies static {$OUTER_PROXIES}" in (ROOT / "docker/Caddyfile").read_text()


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
