"""Chance that is the same in every language: 32-bit arithmetic only, so that a page and Python draw the same numbers.

The generator is mulberry32, by Tommy Ettinger (2017, public domain); what mixes a seed is the finaliser of MurmurHash3,
by Austin Appleby (public domain). `web/src/widgets/chance.ts` has both. Good enough for a picture, and for nothing that
has to be kept secret.
"""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_GOLDEN = 0x9E3779B1


def mixed(number: int) -> int:
    """An unsigned 32-bit number in which every bit hangs on every bit of the one given."""
    number &= _MASK
    number = ((number ^ (number >> 16)) * 0x85EBCA6B) & _MASK
    number = ((number ^ (number >> 13)) * 0xC2B2AE35) & _MASK
    return number ^ (number >> 16)


def seeded(seed: int, number: int) -> int:
    """A state to begin with: one for each `number`, another series of them for each `seed`."""
    return mixed(mixed(seed * _GOLDEN) + number)


def drawn(state: int) -> tuple[int, float]:
    """The next state, and a number from 0 up to but not including 1."""
    state = (state + 0x6D2B79F5) & _MASK
    t = ((state ^ (state >> 15)) * (state | 1)) & _MASK
    t ^= (t + (t ^ (t >> 7)) * (t | 61)) & _MASK
    return state, (t ^ (t >> 14)) / 4294967296
