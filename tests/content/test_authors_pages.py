"""CONTRIBUTING.md and docs/authors: short, complete, and every example on them is one that works."""

from __future__ import annotations

import ast
import re

import pytest

from content.texts import ROOT, TEXTS
from keepalive import grading, notebook
from keepalive.course import answers, gaps
from keepalive.course.mutants.equal import stale
from keepalive.course.mutants.make import mutants
from keepalive.course.questions import CELLS
from keepalive.course.toml_file import TomlFile
from keepalive.website import authors

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PAGES = {text.where.rpartition("/")[2]: text for text in TEXTS if text.where.startswith("docs/authors/")}


def blocks(page: str, language: str) -> list[str]:
    return [fence.code for fence in PAGES[page].fences if fence.info == language]


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", PAGES[page].markdown, re.M | re.S)
    assert found, f"no section {heading!r}"
    lines = [line for line in found[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_first_page_is_short_and_leads_to_every_other():
    assert len(CONTRIBUTING.splitlines()) <= 60
    assert set(re.findall(r"\(docs/authors/([\w-]+\.md)\)", CONTRIBUTING)) == set(PAGES)


def sources() -> list[str]:
    """The files from which the pages quote."""
    paths = [*ROOT.glob("exercises/*/*.toml"), *ROOT.glob("exercises/questions/*.toml"), ROOT / "docs/glossary.toml"]
    return [path.read_text(encoding="utf-8") for path in (*paths, *ROOT.glob("tests/claims/*.py"))]


def pieces(block: str) -> list[str]:
    return [piece.strip() for piece in block.split("# ...") if piece.strip()]


QUOTED = [
    pytest.param(piece, id=f"{page}: {piece.splitlines()[0]}")
    for page in PAGES
    for block in (*blocks(page, "toml"), *blocks(page, "python"))
    if not re.match(r"# \S+\n", block) and (block.startswith("def test_") or block in blocks(page, "toml"))
    for piece in pieces(block)
]


@pytest.mark.parametrize("piece", QUOTED)
def test_a_quotation_stands_in_a_file_of_the_course(piece):
    """So it is as right as the linter and the tests prove that file to be."""
    assert any(piece in source for source in sources())


@pytest.fixture
def example(tmp_path):
    """The folder of the exercise that exercise.md shows piece by piece."""
    for block in (*blocks("exercise.md", "python"), *blocks("exercise.md", "toml")):
        name, _, source = block.partition("\n")
        if named := re.fullmatch(r"# (\w+(?:\.\w+)?)", name):
            with open(tmp_path / named[1], "a", encoding="utf-8") as file:
                file.write(source.strip("\n") + "\n")
    (tmp_path / "answers.toml").write_text("schema = 1\n" + (tmp_path / "answers.toml").read_text("utf-8"), "utf-8")
    return tmp_path


def test_the_example_exercise_is_graded_as_the_page_says(example):
    reference = (example / "reference.py").read_text("utf-8")
    starter = (example / "starter").read_text("utf-8")
    assert gaps.starter(reference) == starter

    file = TomlFile(example / "answers.toml", example)
    found = answers.read(file)
    assert not file.problems
    sources = {"reference": gaps.plain(reference), "starter": starter}
    sources |= {each.id: each.source for each in found.answers}
    assert not stale(found.equal, [each.name for each in mutants(sources["reference"], starter)])

    code = grading.ExerciseCode(
        id="example",
        version="0",
        entry="ApiClient",
        drive=example / "drive.py",
        grader=example / "grader.py",
        tasks=("retry",),
        file_name="example.py",
    )
    with answers.as_files(sources) as paths:
        verdicts = {id: grading.grade(code, path, link="direct", frontend="test", seed=1) for id, path in paths.items()}
    assert {id: verdict["status"] for id, verdict in verdicts.items()} == {
        "reference": "passed",
        "starter": "not_attempted",
        **{each.id: "passed" if each.right else "failed" for each in found.answers},
    }
    for wrong in (each for each in found.answers if not each.right):
        (check,) = [check for check in verdicts[wrong.id]["checks"] if check["status"] == "failed"]
        assert ((check["id"],), check["misconception"]) == (wrong.fails, wrong.misconception)


def test_the_cells_of_the_exam_are_the_blueprints():
    table = rows("questions.md", "The cells of the exam")
    assert {int(number): name for number, name in table} == dict(CELLS)


def test_the_figures_can_be_drawn():
    (block,) = [block for block in blocks("chapter.md", "python") if "histogram(" in block]
    for node in ast.parse(block).body:
        drawn = eval(ast.unparse(node), {name: getattr(notebook, name) for name in ("bars", "lines", "histogram")})
        assert "<svg" in drawn._repr_html_()


def test_depot_responds_as_the_page_says():
    """The sentences between the tables of practice-api.md; the tables are asked of the app."""
    row = {"name": "Zoe", "email": "zoe@example.com", "city": "Lyon", "country": "FR"}
    merge = {"content": '{"city": "Nice"}', "headers": {"content-type": "application/merge-patch+json"}}
    made, got, put, patched, gone, none, bare, pages = authors.asked(
        ("POST /users", {"json": row}),
        ("GET /users/1", {}),
        ("PUT /users/1", {"json": {**row, "email": "z@example.com"}}),
        ("PATCH /users/1", merge),
        ("DELETE /shipments/1", {}),
        ("GET /users/999", {}),
        ("PUT /users/1", {"json": {"city": "Nice"}}),
        ("GET /users?per_page=101", {}),
    )
    assert (made.status_code, made.headers["location"]) == (201, f"/users/{made.json()['id']}")
    assert [each.status_code for each in (got, put, patched, gone)] == [200, 200, 200, 204]
    assert patched.json() == {**put.json(), "city": "Nice"} and (bare.status_code, pages.status_code) == (422, 422)
    assert none.headers["content-type"].startswith("application/problem+json")


def test_a_list_of_depot_is_followed_as_the_page_says():
    first, second, last = authors.asked(
        ("GET /users", {}), ("GET /users?page=2", {}), ("GET /users?page=1&per_page=100", {})
    )
    page = first.json()
    assert (len(page["items"]), page["page"], page["per_page"]) == (10, 1, 10)
    assert page["links"]["next"] == "/users?page=2&per_page=10" == first.links["next"]["url"]
    assert "self" not in first.links and second.links["prev"]["url"] == page["links"]["self"]
    assert last.json()["links"]["next"] is None and "next" not in last.links


def test_the_paths_in_the_tables_exist():
    for page in ("tests.md", "code.md", "widgets.md"):
        for span in PAGES[page].spans:
            for path in re.findall(r"\b(?:tests|src|web|docs|benchmarks)/[\w./-]*", span):
                assert (ROOT / path).exists(), f"{page}: {path}"


PACKAGES = {name.strip("`"): imports for name, _, imports in rows("code.md", "Packages") if "," not in name}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_what_its_row_says(package):
    allowed = {package, *re.findall(r"`(\w+)`", PACKAGES[package])}
    for name in list(allowed):
        allowed |= set(re.findall(r"`(\w+)`", PACKAGES.get(name, "")))
    for path in (ROOT / "src/keepalive" / package).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            assert imported(node) <= allowed, f"{path.relative_to(ROOT)}, line {node.lineno}"


def imported(node: ast.AST) -> set[str]:
    """The packages below keepalive that a statement imports by their full name."""
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.module == "keepalive":
        names = [f"keepalive.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        names = [node.module or ""]
    else:
        names = []
    return {name.split(".")[1] for name in names if name.startswith("keepalive.")} & set(PACKAGES)
