"""What a learner reads of a verdict, a brief or a hint.

`contents` decides the sentences; `render` shows them as HTML, `words` as plain text. The same for every frontend: a
terminal, a notebook's output, and a page of the site, where this runs in Pyodide.
"""
