"""Like the real one: asks for a token, and starts a process in a session of its own (there it is a kernel)."""

import json
import os
import subprocess
import sys
from pathlib import Path

from stand_in import break_if_asked, serve

KERNEL = """
import signal, time
from stand_in import note_process
signal.signal(signal.SIGTERM, signal.SIG_IGN)
note_process()
time.sleep(600)
"""

break_if_asked("lab")
subprocess.Popen([sys.executable, "-c", KERNEL], start_new_session=True)
Path("lab.json").write_text(json.dumps({"argv": sys.argv, "env": dict(os.environ)}))
serve("lab", {"/api/status"}, os.environ["JUPYTER_TOKEN"])
