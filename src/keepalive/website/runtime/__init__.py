"""Python in the page: Pyodide and the course's own grader as files that any static host can serve.

`build.build_runtime(folder)` makes them, out of what `sources` collects, with the Node that `node` finds; what was made
once is kept in `.cache/runtime`. `inside` is what runs in Pyodide and is called from
JavaScript (`web/src/engine.ts`). `harness` grades under Node with the same files, for tests, and `figures` says what it
all costs.
"""
