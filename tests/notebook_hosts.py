"""Outputs as their hosts show them: the style sheets of JupyterLab and of the site, and bare pages, light and dark."""

from __future__ import annotations

from pathlib import Path

import material
from jupyter_core.paths import jupyter_path

REPO = Path(__file__).resolve().parents[1]


def _lab(theme: str) -> tuple[str, str, str]:
    static = next(path for path in map(Path, jupyter_path("nbconvert", "templates", "lab", "static")) if path.is_dir())
    css = (static / "index.css").read_text("utf-8") + (static / f"theme-{theme}.css").read_text("utf-8")
    css += "body{color:var(--jp-ui-font-color1);background:var(--jp-layout-color0)}"
    body = f'class="jp-Notebook" data-jp-theme-light="{str(theme == "light").lower()}"'
    frame = '<div class="jp-OutputArea-child"><div class="jp-OutputArea-output jp-RenderedHTMLCommon">{}</div></div>'
    return css, body, frame


def _site(scheme: str) -> tuple[str, str, str]:
    styles = Path(material.__file__).parent / "templates" / "assets" / "stylesheets"
    sheets = [*sorted(styles.glob("main.*.min.css")), *sorted(styles.glob("palette.*.min.css"))]
    css = "".join(path.read_text("utf-8") for path in (*sheets, REPO / "docs" / "assets" / "keepalive.css"))
    frame = '<article class="md-typeset"><div class="ka-out"><div class="ka-html">{}</div></div></article>'
    return css, f'data-md-color-scheme="{scheme}"', frame


def _bare(ink: str, paper: str) -> tuple[str, str, str]:
    return f"body{{color:{ink};background:{paper};font:13px sans-serif}}", "", "{}"


HOSTS = {
    "lab-light": lambda: _lab("light"),
    "lab-dark": lambda: _lab("dark"),
    "site-light": lambda: _site("default"),
    "site-dark": lambda: _site("slate"),
    "code-light": lambda: _bare("#616161", "#ffffff"),
    "code-dark": lambda: _bare("#cccccc", "#1f1f1f"),
}
"""What surrounds an output: JupyterLab, the site, and VS Code, whose outputs stand in a page with little style."""
