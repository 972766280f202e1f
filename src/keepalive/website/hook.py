"""What mkdocs.yml names as its hook: notebooks go through page.py, and through nothing else; terms and claims are
marked on every page, code has elements where it has colours, and each page links the style sheets of what stands on it,
with rules that hold for few elements.

mkdocs-jupyter has found the notebooks and put its own `render` on their pages by the time this runs; it is replaced.
"""

from pathlib import Path
from types import MethodType

from keepalive.website import page as notebook_page
from keepalive.website import restyling, styles
from keepalive.website.code_colours import only_coloured
from keepalive.website.marks import Marks


def on_config(config):
    global marks
    marks = Marks(Path(config.config_file_path).parent)


def on_files(files, config):
    restyling.lighten(files, config)


def on_pre_page(page, config, files):
    if page.file.src_uri.endswith(".ipynb"):
        page.render = MethodType(notebook_page.render, page)
    return page


def on_page_content(html, page, config, files):
    return marks.put(only_coloured(html), page)


def on_env(env, config, files):
    marks.say_where(files)


def on_post_page(output, page, config):
    return styles.linked(output, page.url)
