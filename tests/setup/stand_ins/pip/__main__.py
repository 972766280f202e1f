"""Says and does what the file `pip-says` asks for; notes how it was called."""

import sys
import time
from pathlib import Path

script = Path("pip-says")
text = script.read_text(encoding="utf-8") if script.exists() else ""
with open("pip-calls", "a", encoding="utf-8") as calls:  # last: a test that has seen the call may change the script
    calls.write(" ".join(sys.argv[1:]) + "\n")
if text and "--require-hashes" in sys.argv:
    print(text, flush=True)
    if "WAIT" in text:
        time.sleep(600)
    sys.exit(1)
