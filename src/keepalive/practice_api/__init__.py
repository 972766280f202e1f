"""The practice API: a parcel company's API on loopback that writes down what it saw.

`Depot` is the API on a real server, `create_app` the same API in-process, `Ledger` what was seen, `Behaviour` what
goes wrong on purpose, `main` the program behind `keepalive api`. This package knows nothing of the course.
"""

from .app import create_app
from .behaviour import Behaviour
from .console import main
from .depot import Depot, DepotError, PortTaken
from .ledger import Ledger, Seen

__all__ = ["Behaviour", "Depot", "DepotError", "Ledger", "PortTaken", "Seen", "create_app", "main"]
