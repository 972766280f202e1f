"""An executed notebook as a page of the site: the part of mkdocs-jupyter's work that is ours.

Plain mkdocs-jupyter renders a notebook beside the site: its own style sheet of 590 kB in every page, its own Markdown
without admonitions and tabs, links that nobody checks. Here the notebook becomes one Markdown text that goes through
`Page.render` like every other page, so that headings, links, anchors, titles and `--strict` are the site's own. What
cells printed is set aside meanwhile, because it is not Markdown.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import markdown
import mkdocs_jupyter.config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from nbconvert.exporters.templateexporter import default_filters
from nbconvert.filters.ansi import ansi2html, strip_ansi

from .errors import BuildError

LONG_TRACE = 12
"""A traceback of more lines than this is folded away behind its last line."""

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})")
_DETAILS = re.compile(r"^(\s*<details)(?![^>]*\bmarkdown\b)", re.I)
_LOST_LIST = re.compile(r"<p>[^<]*\n(?:[-*+]|\d+\.) ")
_PREAMBLE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>(?:\s*\]>)?", re.S)
_POINTED = re.compile(r"^-+&gt; \d+.*$", re.M)
_STYLE = re.compile(r"<style\b.*?</style>", re.S)
_ID = re.compile(r'(?<=\sid=")[^"]+(?=")')


class NotebookPage:
    """One notebook on its way to HTML. Fills the place that mkdocs-jupyter's own templates leave."""

    def __init__(self, source: Path, name: str, config: MkDocsConfig):
        """name: the page's path below docs, as it stands in messages."""
        self.source, self.name, self.config = source, name, config
        self._pieces: list[str] = []
        self._aside: list[str] = []
        self._ids: set[str] = set()
        self._styles: set[str] = set()

    def about(self) -> dict[str, str]:
        """What assemble.py noted for the head of the page."""
        return json.loads(self.source.read_text(encoding="utf-8"))["metadata"].get("keepalive_page", {})

    def markdown(self) -> str:
        """The page as Markdown, outputs replaced by marks."""
        from mkdocs_jupyter import convert

        mkdocs_jupyter.config.settings.templates_dir = str(Path(__file__).parent / "templates")
        default_filters.update(self._filters())
        # The template walks through the cells and hands every piece to a filter. What nbconvert makes of its text is
        # not used: it is parsed and written anew as HTML, which spoils Markdown and code, and ends in a stray <style>.
        convert.nb2html(str(self.source))
        return "\n\n".join(self._pieces)

    def fill(self, content: str) -> str:
        """Put the outputs back into the rendered page."""
        for number, output in enumerate(self._aside):
            content = content.replace(_mark(number), output, 1)
        return content

    def _filters(self) -> dict[str, Callable]:
        return {
            "ka_prose": self._prose,
            "ka_code": self._code,
            "ka_aside": self._set_aside,
            "ka_error": _error,
            "ka_html": self._html,
            "ka_markdown": self._markdown,
            "ka_svg": self._svg,
            "ka_image": self._image,
            "ka_refuse": self._refuse,
        }

    def _prose(self, source: str) -> str:
        if source.startswith("<keepalive-"):  # HTML already
            return self._set_aside(self._html(source))
        if "](attachment:" in source:
            raise BuildError(
                f"{self.name}: a picture is attached to a cell. Put it into a file, or draw it in a code cell."
            )
        return self._piece(fold_markdown(source))

    def _code(self, source: str) -> str:
        if not source.strip():
            return ""
        fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", source)), default=0))
        magic = re.search(r"^\s*[%!]", source, re.M)
        return self._piece(f"{fence}{'ipython3' if magic else 'python'}\n{source}\n{fence}")

    def _piece(self, text: str) -> str:
        self._pieces.append(text)
        return ""

    def _set_aside(self, output: str) -> str:
        self._aside.append(output)
        return self._piece(_mark(len(self._aside) - 1))

    def _html(self, source: str) -> str:
        # Every verdict carries its style sheet, because in a notebook it stands alone. A page needs it once.
        return self._own_ids(_STYLE.sub(self._once, source))

    def _once(self, style: re.Match) -> str:
        text = style.group()
        known, self._styles = text in self._styles, self._styles | {text}
        return "" if known else text

    def _markdown(self, source: str) -> str:
        parts = {"extensions": self.config.markdown_extensions, "extension_configs": self.config.mdx_configs}
        return self._own_ids(markdown.Markdown(**parts).convert(source))

    def _svg(self, source: str) -> str:
        svg = _PREAMBLE.sub("", source).strip()
        if "<title" not in svg and "aria-label=" not in svg:
            raise BuildError(f"{self.name}: a figure (SVG) has no <title> and no aria-label. Say what it shows.")
        return self._own_ids(svg)

    def _image(self, output: dict, kind: str) -> str:
        alt = output.metadata.get(kind, {}).get("alt") or output.metadata.get("alt")
        if not alt:
            raise BuildError(f'{self.name}: a picture ({kind}) has no text. Give one: Image(..., alt="what it shows").')
        data = output.data[kind].replace("\n", "")
        return f'<img src="data:{kind};base64,{data}" alt="{html.escape(alt)}">'

    def _refuse(self, kind: str) -> str:
        raise BuildError(f"{self.name}: an output of the kind {kind} cannot be shown without a script from elsewhere.")

    def _own_ids(self, source: str) -> str:
        """Give ids that the page already has a new name, with everything that points to them.

        Figures and verdicts are written without knowledge of their neighbours: the same exercise checked twice on one
        page carries the same ids twice.
        """
        for old in dict.fromkeys(_ID.findall(source)):
            new, count = old, 2
            while new in self._ids:
                new, count = f"{old}-{count}", count + 1
            self._ids.add(new)
            if new != old:
                name = re.escape(old)
                source = re.sub(rf'(\sid="|href="#|url\(#){name}(?=["\)])', rf"\g<1>{new}", source)
                for attribute in ("aria-labelledby", "aria-describedby", "for"):
                    one_of = rf'(\s{attribute}="(?:[^"]*\s)?){name}(?=[\s"])'
                    source = re.sub(one_of, rf"\g<1>{new}", source)
        return source


def render(page: Page, config: MkDocsConfig, files: Files) -> None:
    """Stands in for `Page.render` on a notebook's page."""
    notebook = NotebookPage(Path(page.file.abs_src_path), page.file.src_uri, config)
    page.meta = {**page.meta, **notebook.about()}
    page.markdown = notebook.markdown()
    Page.render(page, config, files)
    if found := _LOST_LIST.search(page.content):
        line = html.unescape(found.group().rsplit("\n", 2)[0].removeprefix("<p>")).strip()
        raise BuildError(f"{page.file.src_uri}: a list needs an empty line before it; after: {line!r}")
    page.content = notebook.fill(page.content)


def fold_markdown(source: str) -> str:
    """Let Markdown inside <details> be Markdown, as it is in Jupyter; code blocks stay as they are."""
    lines, fence = [], ""
    for line in source.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark.group(1)
        elif mark and mark.group(1).startswith(fence) and line.strip() == mark.group(1):
            fence = ""
        elif not fence:
            line = _DETAILS.sub(r'\1 markdown="1"', line)
        lines.append(line)
    return "\n".join(lines)


def _mark(number: int) -> str:
    return f'<div data-ka-output="{number}"></div>'


def _error(output: dict) -> str:
    lines = "\n".join(output.traceback).strip("\n").splitlines()
    message = strip_ansi(str(output.evalue)).strip().partition("\n")[0]
    last = f"<code>{html.escape(output.ename)}</code> {html.escape(message)}"
    shown = _POINTED.sub(r"<b>\g<0></b>", ansi2html("\n".join(lines)))
    trace = f'<pre class="ka-text ka-error">{shown}</pre>'
    if len(lines) <= LONG_TRACE:
        return trace
    return (
        f'<details class="ka-trace" data-search-exclude="true"><summary>{last}'
        f' <span class="ka-aside">traceback, {len(lines)} lines</span></summary>{trace}</details>'
    )
