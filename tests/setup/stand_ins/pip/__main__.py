"""Says and does what the file `pip-says` asks for; notes how it was called."""

import sys
import time
from pathlib import Path

with open("pip-calls", "a", encoding="utf-8") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\n")
script = Path("pip-says")
if script.exists() and "--require-hashes" in sys.argv:
    text = script.read_text(encoding="utf-8")
    print(text, flush=True)
    if "WAIT" in text:
        time.sleep(600)
    sys.exit(1)
