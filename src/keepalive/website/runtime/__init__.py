"""Python in the page: Pyodide and the course's own grader as files that any static host can serve.

`build` makes them (`python -m keepalive.website.runtime build FOLDER`), out of what `sources` collects, with the Node
that `node` finds. `inside` is the door on the other side: what runs in Pyodide and is called from JavaScript. `harness`
grades under Node with the same files, for tests and figures.
"""
