"""The arrows between the parts of the application point down, and features keep their inside."""

import ast
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"

# The higher, the more a part may import. Parts of one level do not import each other, but for the
# pairs named in BESIDE.
LEVELS = [
    {"db", "dates", "config", "text", "syllables", "identity", "reference", "local"},
    {"web"},
    {"audit", "accounts"},
    {"registry"},
    {"availability"},
    {"stays"},
    {"search", "statistics", "declarations"},
]
LEVEL = {name: level for level, names in enumerate(LEVELS) for name in names}
BESIDE = {
    ("accounts", "audit"),
    ("identity", "db"),
    ("db", "config"),
    ("local", "config"),
    ("reference", "config"),
    ("dates", "text"),
}
# The public search cannot leak a guest because it cannot see one.
FORBIDDEN = {("search", "stays")}
ANYTHING = {"__init__", "blueprints", "cli", "navigation", "backup", "worker", "migrations"}
# Prepares the database for a start: an entry point, though it lives with the servers.
ENTRY_POINTS = {"local/prepare.py"}
# What knows nothing of a request: the acting user and every value arrive as arguments.
PURE = ("models", "queries", "operations")
REQUEST_NAMES = {"request", "session", "flash", "g", "abort", "redirect"}


def part_of(path: Path) -> str:
    return path.relative_to(APP).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return {name for name in found if name.split(".")[0] in ("app", "seeds")}


def offences(path: Path, names: set[str]) -> list[str]:
    part = part_of(path)
    if part in ANYTHING or path.relative_to(APP).as_posix() in ENTRY_POINTS:
        return []
    targets = {name.split(".")[1] if name[:4] == "app." else "seeds" for name in names} - {part}
    return [
        f"{part} → {target}"
        for target in targets
        if (part, target) in FORBIDDEN
        or ((part, target) not in BESIDE and not LEVEL.get(target, 99) < LEVEL[part])
    ]


MODULES = sorted(path for path in APP.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(APP)))
def test_arrows_point_down(path: Path) -> None:
    assert part_of(path) in ANYTHING | set(LEVEL), "a new part needs a level"
    assert offences(path, imports(path)) == []


def test_an_arrow_that_points_up_is_found() -> None:
    assert offences(APP / "search" / "x.py", {"app.stays.models"}) == ["search → stays"]
    assert offences(APP / "web" / "x.py", {"app.registry.models"}) == ["web → registry"]


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if path.stem in PURE and part_of(path) != "web"],
    ids=lambda path: str(path.relative_to(APP)),
)
def test_what_reads_and_writes_data_knows_no_request(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "flask":
            assert not REQUEST_NAMES & {alias.name for alias in node.names}


def test_only_the_index_module_imports_the_engine() -> None:
    importers = {
        path.relative_to(APP).as_posix()
        for path in MODULES
        if any(
            isinstance(node, ast.Import | ast.ImportFrom)
            and "meilisearch" in ast.dump(node)
            and "app.local" not in ast.dump(node)
            for node in ast.walk(ast.parse(path.read_text()))
        )
    }
    assert importers - {"local/__init__.py"} <= {"search/index.py"}
