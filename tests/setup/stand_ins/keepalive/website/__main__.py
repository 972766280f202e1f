import sys
from pathlib import Path

from stand_in import serve

if sys.argv[1] == "serve":
    serve("site", {"/"})
elif Path("break-build").exists():
    sys.exit("page.md: a link leads nowhere")
