"""Keepalive: a course that goes from one httpx call to a production async REST client."""

__version__ = "0.1.0"
