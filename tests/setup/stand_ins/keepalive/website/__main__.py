import json
import sys
from pathlib import Path

from stand_in import serve

if sys.argv[1] == "serve":
    Path("site.json").write_text(json.dumps(sys.argv))
    serve("site", {"/"})
elif sys.argv[1] == "fetch":
    if Path("break-fetch").exists():
        sys.exit("npm error network request failed")
elif Path("break-build").exists():
    sys.exit("page.md: a link leads nowhere")
