"""A small course to build, with the real mkdocs.yml, theme and templates."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
from filelock import FileLock

from keepalive.website.runtime import node

REPO = Path(__file__).resolve().parents[2]

COURSE = """
[[part]]
number = 1
title = "Ground"

[[chapter]]
number = "01"
id = "sample"
part = 1
core = true
title = "A sample"
summary = "What a chapter can hold, so that the tests can look at all of it."
objectives = ["Read a `Timeout` without fear", "See what a cell printed"]
minutes_teaching = 20
minutes_exercise = 0

[[chapter]]
number = "02"
id = "other"
part = 1
core = false
title = "Another sample"
summary = "Something to link to, and a page that comes after the first."
objectives = ["Follow a link"]
minutes_teaching = 5
minutes_exercise = 10
"""

PAGES = {
    "index.md": "# Samples\n\n<!-- keepalive: chapters -->\n\n[First](../notebooks/01-sample.ipynb#in-a-fold)\n",
    "start.md": "# Start\n\nSee [the second](../notebooks/02-other.ipynb).\n",
    "hosting.md": "# Hosting\n",
    "about.md": "# About\n\n<!-- keepalive: versions -->\n",
}

GLOSSARY = """
schema = 1

[[term]]
id = "number"
term = "number"
forms = ["paragraph", "done", "n + 1"]
assumed = "There is `one`."
means = "There are several, and this one is the answer to all that was asked."
chapters = ["01"]
claims = ["second"]
source = { title = "RFC 1", url = "https://www.rfc-editor.org/rfc/rfc1" }
"""

CLAIMS = '''
def test_first():
    """The `first` <statement>
    holds."""


async def test_second():
    """The second holds, too."""
'''

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" aria-labelledby="t"><title id="t">NAME</title>'
    '<circle id="dot" r="4"/></svg>'
)


def md(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source, metadata={"tags": list(tags)} if tags else {})


def code(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def sample_cells() -> list[nbformat.NotebookNode]:
    return [
        md("# A sample\n\nFirst words. <!-- claim: first -->\n<!-- claim: second -->\nThe same paragraph."),
        md("Only for the one who teaches.", "instructor"),
        code("import sys\nsecret = 'set up'", "hide"),
        md(
            '!!! warning "Careful"\n    An **admonition**.\n\n=== "One"\n    first\n\n=== "Two"\n    second\n\n'
            "[another](02-other.ipynb#deeper) and [start](../docs/start.md)"
        ),
        code("print('to stdout', secret)\nprint('to stderr', file=sys.stderr)\n6 * 7"),
        code("assert secret == 'set up', 'NEVER SEEN'", "assert"),
        code("shown = 'only what it prints'\nprint(shown)", "hide-input"),
        code("def deep(n):\n    return deep(n - 1) if n else 1 / 0\ndeep(1)", "raises-exception"),
        md("## In a fold\n\n<details>\n<summary>The answer</summary>\n\nIt is **forty-two**.\n\n</details>"),
        code(
            "from IPython.display import HTML, SVG, display\n"
            f"dot = SVG('''{SVG}'''.replace('NAME', 'A ' + 'dot'))\ndisplay(dot, dot)"
        ),
        code(
            "HTML('<div class=\"ka-verdict\"><div><p id=\"t\">%s</p></div><p>%d points</p></div>' % ('Pass' + 'ed', 6))"
        ),
        code("'```' + ' <b>&amp;</b>'"),
    ]


def other_cells() -> list[nbformat.NotebookNode]:
    return [md("# Another sample\n\n[back](01-sample.ipynb)\n\n## Deeper\n\nDone."), code("2 + 2")]


def write(root: Path, name: str, cells: list[nbformat.NotebookNode], **metadata) -> Path:
    """Write a notebook into a sample course."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for place, cell in enumerate(cells):
        cell["id"] = f"cell-{place}"  # nbformat's own are random, and equal notebooks shall be equal files
    path = root / "notebooks" / name
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, **metadata}), path)
    return path


def make_root(root: Path) -> Path:
    """A course of two chapters, ready to be built."""
    (root / "notebooks").mkdir(parents=True)
    (root / "notebooks" / "course.toml").write_text(COURSE, encoding="utf-8")
    write(root, "01-sample.ipynb", sample_cells())
    write(root, "02-other.ipynb", other_cells())
    (root / "docs").mkdir()
    for name, text in PAGES.items():
        (root / "docs" / name).write_text(text, encoding="utf-8")
    (root / "docs" / "glossary.toml").write_text(GLOSSARY, encoding="utf-8")
    (root / "tests" / "claims").mkdir(parents=True)
    (root / "tests" / "claims" / "test_about_samples.py").write_text(CLAIMS, encoding="utf-8")
    shutil.copytree(REPO / "docs" / "assets", root / "docs" / "assets")
    for name in ("mkdocs.yml", "requirements.txt"):
        shutil.copy(REPO / name, root / name)
    noise = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPO / "src/keepalive", root / "src/keepalive", ignore=noise)
    _bring_scripts(root)
    return root


def _bring_scripts(root: Path) -> None:
    """What the pages run, and what was made of it before: a small course does not compile Python anew."""
    web = root / "web"
    for folder in ("src", "tools"):
        shutil.copytree(REPO / "web" / folder, web / folder)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(REPO / "web" / name, web / name)
    (web / "node_modules").symlink_to(node.packages(REPO / "web"), target_is_directory=True)
    runtime = REPO / ".cache" / "runtime"
    with FileLock(runtime / "lock"):  # else somebody may be at work on it
        shutil.copytree(runtime, root / ".cache" / "runtime")
