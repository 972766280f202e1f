import sys
from pathlib import Path

from stand_in import serve

if sys.argv[1] == "work":
    Path("work").mkdir(exist_ok=True)
elif sys.argv[1] == "api":
    serve("api", {"/_depot/ledger"})
