"""Which claims are tested: the ids that a page may name in `<!-- claim: client-is-lazy -->`.

A claim is a test function `test_client_is_lazy` in a file `test_about_*.py` here. Its docstring is the claim in one
sentence. Read from the source, as the site's build reads it.
"""

from __future__ import annotations

from pathlib import Path

from keepalive.website.claims import read

HERE = Path(__file__).parent


def claims(folder: Path = HERE) -> dict[str, str]:
    """Every tested claim: its statement by its id (kebab case), in the order of files and lines.

    Raises ValueError, naming file and function, for a claim without a statement and for an id that is given twice.
    """
    return {claim.id: claim.statement for claim in read(folder).values()}
