"""What mkdocs.yml names as its hook: notebooks go through page.py, and through nothing else.

mkdocs-jupyter has found the notebooks and put its own `render` on their pages by the time this runs; it is replaced.
"""

from types import MethodType

from keepalive.website import page as notebook_page


def on_pre_page(page, config, files):
    if page.file.src_uri.endswith(".ipynb"):
        page.render = MethodType(notebook_page.render, page)
    return page
