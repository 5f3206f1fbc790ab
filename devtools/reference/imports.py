"""The picture of ``docs/architecture.md``: who imports whom, apps and topics, from the real imports."""

from collections.abc import Iterable

import grimp

APPS = ("common", "audit", "notifications", "telephony", "accounts", "recovery", "portal", "devtools")
WITH_TOPICS = ("accounts", "recovery")
NO_TOPIC = {"apps", "management", "migrations", "events", "signals"}
TOGETHER = {
    "edge": {"urls", "receivers", "tasks", "middleware"},
    "ground": {
        *("models", "states", "enums", "managers", "passwords", "roles", "limits", "zones", "passphrases"),
        *("policies", "access", "backends", "links", "insiders"),
    },
}
"""Modules that are no topics: what the outside calls, and what everything stands on."""


def picture() -> str:
    """Mermaid: an arrow leads to what is imported. What can be reached by other arrows has none.

    Views are left out: a page may lead to any other.
    """
    graph = grimp.build_graph(*APPS, exclude_type_checking_imports=True, cache_dir=None)
    lines = ["```mermaid", "flowchart TD"]
    for app in WITH_TOPICS:
        topics = sorted({_topic(module) for module in graph.modules if _is_in_topic(module, app)})
        lines += [
            f"    subgraph {app}",
            *(f"        {topic}[{topic.partition('.')[2]}]" for topic in topics),
            "    end",
        ]
    imports = {
        (_node(importer), _node(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if not _is_left_out(importer) and not _is_left_out(imported) and "views" not in importer.split(".")
    }
    lines += [f"    {importer} --> {imported}" for importer, imported in sorted(_shortest(imports))]
    return "\n".join([*lines, "```"])


def _is_left_out(module: str) -> bool:
    return any(part in NO_TOPIC for part in module.split(".")[1:2])


def _is_in_topic(module: str, app: str) -> bool:
    return module.startswith(f"{app}.") and module.split(".")[1] not in NO_TOPIC


def _topic(module: str) -> str:
    app, name = module.split(".")[:2]
    return f"{app}.{next((together for together, names in TOGETHER.items() if name in names), name)}"


def _node(module: str) -> str:
    """The topic of a module of the two large apps, or its app."""
    app = module.split(".")[0]
    return _topic(module) if app in WITH_TOPICS and _is_in_topic(module, app) else app


def _shortest(imports: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """The arrows without which somebody could not be reached any more."""
    arrows = {(a, b) for a, b in imports if a != b and not _holds(a, b) and not _holds(b, a)}
    return {(a, b) for a, b in arrows if not _leads(arrows - {(a, b)}, a, b)}


def _holds(outer: str, inner: str) -> bool:
    return inner.startswith(f"{outer}.")


def _leads(arrows: set[tuple[str, str]], start: str, goal: str) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for a, b in arrows:
            if a == here and b not in seen:
                seen.add(b)
                waiting.append(b)
    return goal in seen
