"""`python -m keepalive` is the same program as `keepalive`."""

from keepalive.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
