"""The house's rules, read off the code: imports point downwards, nothing is unpickled, what is used is declared."""

from __future__ import annotations

import ast
import doctest
import importlib
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from conftest import ROOT

ROOMS = {"corpus": set(), "index": {"corpus"}, "assistant": {"index", "corpus"}, "web": {"assistant"}}
FILES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
STARTS_THE_WEB = "assistant/commands.py"


def imports(path: Path) -> set[str]:
    """Every module a file imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.add(node.module or "")
    return found


def name(path: Path) -> str:
    """A file as the README would write it."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_imports_point_only_downwards(path: Path) -> None:
    room = name(path).split("/")[0]
    ours = {module.split(".")[0] for module in imports(path)} & ROOMS.keys()
    started = {"web"} if name(path) == STARTS_THE_WEB else set()
    assert ours <= ROOMS[room] | {room} | started


def test_no_circle_inside_a_room() -> None:
    graph = {
        module: {other for other in _top_imports(path) if other != module}
        for path in FILES
        for module in [name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")]
    }
    seen: dict[str, int] = {}

    def visit(module: str, trail: tuple[str, ...]) -> None:
        assert seen.get(module) != 1, f"circle: {' → '.join([*trail, module])}"
        if module in seen:
            return
        seen[module] = 1
        for other in graph.get(module, ()):
            visit(other, (*trail, module))
        seen[module] = 2

    for module in graph:
        visit(module, ())


def _top_imports(path: Path) -> set[str]:
    """The modules of ours that a file imports as it is loaded."""
    known = {name(other).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for other in FILES}
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names} & known
        elif isinstance(node, ast.ImportFrom) and node.module:
            parts = {f"{node.module}.{alias.name}" for alias in node.names} & known
            found |= parts or ({node.module} & known)
    return found


@pytest.mark.parametrize("path", FILES, ids=name)
def test_nothing_is_unpickled_and_langchain_community_is_not_used(path: Path) -> None:
    used = imports(path)
    assert not {module for module in used if module.split(".")[0] in ("langchain_community", "marshal", "shelve", "dill", "joblib")}
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"pickle\.loads?\(|allow_pickle|allow_dangerous_deserialization|(?<![.\w])eval\(|(?<![.\w])exec\(|yaml\.load\(|langchain_core\.load", text)


def test_settings_are_read_in_one_place() -> None:
    readers = {name(path) for path in FILES if re.search(r"os\.environ(?!\.setdefault)|os\.getenv|getenv\(", path.read_text(encoding="utf-8"))}
    assert readers - {"assistant/evaluation/working.py"} <= {"assistant/settings.py"}


def declared(*extras: str) -> set[str]:
    """The packages that the program, or one of its extras, is declared to need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [line for extra in extras for line in project["optional-dependencies"][extra]] or project["dependencies"]
    return {re.split(r"[=<>\[;]", line)[0].lower().replace("_", "-") for line in lines}


def from_elsewhere(modules: set[str], packages: set[str]) -> set[str]:
    """Of these modules, those that none of the packages gives, nor Python, nor we."""
    giving = metadata.packages_distributions()
    used = {module.split(".")[0] for module in modules} - ROOMS.keys() - set(sys.stdlib_module_names) - {"markupsafe"}  # Jinja2's own
    return {module for module in used if not {d.lower().replace("_", "-") for d in giving.get(module, [])} & packages}


def test_what_is_imported_is_declared() -> None:
    used = {module for path in FILES for module in imports(path)}
    assert from_elsewhere(used, declared() | declared("model", "milvus")) == set()


def test_what_an_extra_brings_is_imported_where_it_is_used() -> None:
    at_once = {module for path in FILES for node in ast.parse(path.read_text(encoding="utf-8")).body for module in _named(node)}
    assert from_elsewhere(at_once, declared()) == set()
    assert not declared() & declared("model", "milvus")


def _named(node: ast.stmt) -> set[str]:
    """The modules that an import names; none for any other statement."""
    if isinstance(node, ast.Import):
        return {alias.name for alias in node.names}
    return {node.module or ""} if isinstance(node, ast.ImportFrom) else set()


def test_every_dependency_is_pinned_and_in_the_constraints() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    constraints = {line.lower() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines() if line}
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in constraints)
    for line in (*project["dependencies"], *(line for extra in ("model", "milvus", "test") for line in project["optional-dependencies"][extra])):
        assert re.sub(r"\[[\w-]+\]", "", line.lower()) in constraints


@pytest.mark.parametrize("path", [path for path in FILES if "versions" not in path.parts and path.name not in ("env.py", "__main__.py")], ids=name)
def test_the_examples_in_docstrings_are_true(path: Path) -> None:
    module = importlib.import_module(name(path).removesuffix(".py").removesuffix("/__init__").replace("/", "."))
    assert doctest.testmod(module).failed == 0


def test_the_top_level_is_the_five_rooms_and_what_every_project_has() -> None:
    there = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".") and not path.name.endswith(".egg-info")}
    assert there - {"data", "build", "docs"} == {*ROOMS, "tests"}


def test_every_file_that_is_no_code_is_packaged() -> None:
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]["package-data"]
    packaged = {path for package, globs in patterns.items() for pattern in globs for path in (ROOT / package.replace(".", "/")).glob(pattern)}
    there = {path for room in ROOMS for path in (ROOT / room).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert there == packaged


def test_tests_lie_flat() -> None:
    assert [path for path in (ROOT / "tests").rglob("*.py") if path.parent.name not in ("tests", "benchmarks")] == []
