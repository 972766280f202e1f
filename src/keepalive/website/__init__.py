"""The course as a built site: chapters executed, pages assembled, rendered, checked, served.

    python -m keepalive.website build [--out site]
    python -m keepalive.website serve --port N [--dir site] [--host 127.0.0.1]

`notebooks` executes the chapters, `assemble` puts every source into `build/docs/`, `hook` and `page` are the thin layer
through which mkdocs-jupyter renders a chapter like any other page, `links` reads the finished HTML once more, and
`build` does these in order and swaps the result in only when all of it went well.
"""
