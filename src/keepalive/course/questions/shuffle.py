"""The order in which options, and items of an exam, are shown: a hash, so that every frontend draws the same.

`web/src/questions/shuffle.ts` is the same in TypeScript; a test holds both to the same results.
"""

from __future__ import annotations

from collections.abc import Iterable

_BITS = 0xFFFFFFFF


def fnv1a(text: str) -> int:
    """FNV-1a, 32 bit, over the text's UTF-8."""
    found = 0x811C9DC5
    for byte in text.encode():
        found = (found ^ byte) * 0x01000193 & _BITS
    return found


def mixed(number: int) -> int:
    """The 32-bit finaliser of murmur3: neighbours in, strangers out."""
    number ^= number >> 16
    number = number * 0x85EBCA6B & _BITS
    number ^= number >> 13
    number = number * 0xC2B2AE35 & _BITS
    return number ^ number >> 16


def rank(*parts: str) -> int:
    """The place of `seed|group|id` among its neighbours."""
    return mixed(fnv1a("|".join(parts)))


def in_order(seed: str, group: str, ids: Iterable[str]) -> tuple[str, ...]:
    """The ids in the order that this seed gives them. `group`: the question of options, the cell of questions."""
    return tuple(sorted(ids, key=lambda id: (rank(seed, group, id), id)))


def shown_order(seed: str, question: str, ids: Iterable[str], answer: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The order in which a question's options are shown. One that would be the answer itself is turned by one."""
    found = in_order(seed, question, ids)
    return (*found[1:], found[0]) if answer and found == answer else found
