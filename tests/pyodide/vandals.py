"""Learner's files that leave the interpreter otherwise than they found it, one thing each."""

VANDALS = {
    "class of httpx": "import httpx\nhttpx.AsyncClient = None",
    "class of httpx, subclass": "import httpx\nclass Mine(httpx.AsyncClient): pass\nhttpx.AsyncClient = Mine",
    "method of httpx": "import httpx\nasync def get(self, url, **options): return 'mine'\nhttpx.AsyncClient.get = get",
    "method of httpx, gone": "import httpx\ndel httpx.AsyncClient.request",
    "attribute of httpx, new": "import httpx\nhttpx.Response.ok = True",
    "object of httpx": "import httpx\nhttpx._config.DEFAULT_TIMEOUT_CONFIG.read = 0.0001",
    "module of httpx, gone": "import sys\ndel sys.modules['httpx']",
    "module of httpx, another": "import sys, types\nsys.modules['httpx'] = types.ModuleType('httpx')",
    "all of httpx, imported anew": "import sys\nfor name in [n for n in sys.modules if n.startswith('httpx')]: "
    "del sys.modules[name]\nimport httpx",
    "httpcore": "import httpcore\nhttpcore.AsyncConnectionPool.handle_async_request = None",
    "httpcore's backend": "import httpcore._async.connection as c\nc.AutoBackend = c.AsyncHTTPConnection = None",
    "h11": "import h11\nh11.Connection.receive_data = lambda self, data: None\nh11.SERVER = None",
    "anyio": "import anyio\nanyio.fail_after = None\nanyio.Lock.acquire = None",
    "respx": "import respx\nrespx.MockRouter.handler = lambda self, request: None",
    "asyncio.sleep": "import asyncio\nasync def sleep(*given): return None\nasyncio.sleep = sleep",
    "asyncio.tasks": "import asyncio.tasks\nasyncio.tasks.Task = asyncio.gather = None",
    "asyncio's loop": "import asyncio.base_events as b\nb.BaseEventLoop.call_soon = b.BaseEventLoop._run_once = None",
    "asyncio's policy": "import asyncio.events as e\ne._event_loop_policy = object()",
    "time": "import time\ntime.monotonic = time.time = time.sleep = lambda *given: 0.0",
    "random": "import random\nrandom.random = lambda: 0\nrandom.Random.random = lambda self: 0\nrandom.seed = None",
    "random's object": "import random\nrandom._inst.shuffle = None",
    "json": "import json\njson.loads = json.dumps = lambda *given, **options: None",
    "json's encoder": "import json\njson.JSONEncoder.encode = json.JSONEncoder.iterencode = None",
    "json's own encoder": "import json\njson._default_encoder.encode = lambda value: 'null'",
    "copy and dataclasses": "import dataclasses, copy\ndataclasses.asdict = dataclasses.replace = copy.copy = None",
    "print": "import builtins\nbuiltins.print = None",
    "many builtins": "import builtins\nfor name in ('len', 'map', 'all', 'zip', 'dict', 'list', 'isinstance', 'type', "
    "'getattr', 'vars', 'sorted', 'str', 'id'): setattr(builtins, name, None)",
    "builtins, new": "import builtins\nbuiltins.NotImplementedError = ValueError\nbuiltins.mine = 1",
    "grade": "import sys\nv = sys.modules['keepalive.grading.verdict']\n"
    "v.grade = v._play_all = v.ScenarioServer = None",
    "the judge": "import sys\ns = sys.modules['keepalive.grading.scenario_server']\n"
    "s.ScenarioServer._on_data = lambda self, **given: []",
    "the checks": "import sys\nscenarios = sys.modules['keepalive.grading.scenarios']\n"
    "scenarios.fail = lambda **given: None",
    "the calls of the page": "import keepalive.website.runtime.inside as i\n"
    "i.grade = i._and_put_back = i._graded = i.check = None\ni._afterwards = []",
    "what puts back": "import keepalive.website.runtime.as_it_was as a\na._Engine.put_back = lambda self: []\n"
    "a._Noted.is_unchanged = lambda self: True\na._Noted = a.remember = a.operator = None",
    "the clock": "import sys\nc = sys.modules['keepalive.grading.clock']\nc.follow = c.install = c.REAL = None",
    "the practice API": "import keepalive.practice_api.app as a\na.create_app = None\na.User.get = None",
    "starlette": "import starlette.routing as r\nr.Route.handle = None",
    "a module imported late": "import colorsys\ncolorsys.rgb_to_hsv = None",
    "sys.modules": "import sys\nsys.modules = {}",
    "sys.path": "import sys\nsys.path.clear()\nsys.path_hooks.clear()\nsys.meta_path.clear()",
    "sys.stdout": "import sys, io\nsys.stdout = sys.stderr = io.StringIO()",
    "recursion": "import sys\nsys.setrecursionlimit(120)",
    "environment": "import os\nos.environ.clear()\nos.environ['HTTP_PROXY'] = 'http://proxy.test'",
    "folder": "import os\nos.chdir('/')",
    "warnings": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn = None",
    "logging": "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.disable(50)\n"
    "logging.getLogger('httpx').setLevel(10)\nlogging.getLogger('own').addHandler(logging.NullHandler())",
    "decimal": "import decimal\ndecimal.getcontext().prec = 2",
    "trace": "import sys\nsys.setprofile(lambda *given: None)\nsys.settrace(lambda *given: None)",
    "collector": "import gc\ngc.disable()",
    "contextlib": "import contextlib\ncontextlib.suppress = contextlib.contextmanager = None",
    "pathlib": "import pathlib\npathlib.Path.read_bytes = lambda self: b''",
    "a module of their own": "import sys, types\nsys.modules['mine'] = types.ModuleType('mine')",
}

HONEST = {
    "imports": "import csv, decimal, fractions, statistics, sqlite3, uuid, zoneinfo, xml.etree.ElementTree as xml\n"
    "import email.message, http.cookiejar, concurrent.futures, html.parser, tomllib, difflib, shelve, ipaddress",
    "uses": "import mimetypes, tempfile, uuid, logging, re, string, datetime, typing, platform, email.utils\n"
    "mimetypes.guess_type('a.json')\ntempfile.gettempdir()\nuuid.uuid4()\nplatform.uname()\nre.compile('late')\n"
    "datetime.datetime.strptime('2026', '%Y')\nstring.Template('$a').substitute(a=1)\n"
    "class Typed:\n    a: int\ntyping.get_type_hints(Typed)",
}
"""What leaves caches and modules behind, as it may."""


def source(vandal: str) -> str:
    """As a file: done once while it is imported, and once more by `main`."""
    body = "".join(f"    {line}\n" for line in vandal.splitlines())
    return f"{vandal}\n\n\nclass ApiClient:\n    pass\n\n\ndef main():\n{body}"
