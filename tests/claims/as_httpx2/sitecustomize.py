"""Python reads this before all else where PYTHONPATH names its folder: `import httpx` means httpx2 then, in the
processes that such a process starts, too.
"""

import httpx2

httpx2.alias_httpx()
