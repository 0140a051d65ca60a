"""The smallest text that still breaks in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tests.fuzz import generator

MOST_TRIES = 5_000
FEW = 40
"""Pieces of which every run is tried; of more only halves, quarters and so on."""


def minimal(text: str, breaks: Callable[[str], bool]) -> str:
    """The shortest part that breaks alone, then without any run of pieces that can be left out.

    Pieces are tokens, then characters.
    """
    text = next((part for part in _parts(generator.tokens(text)) if breaks(part)), text)
    tries = MOST_TRIES
    for split in (generator.tokens, list):
        pieces: list[str] = split(text)
        size = next(sizes := _sizes(len(pieces)), 0)
        while size and tries > 0:
            shorter, tries = _without(pieces, size, breaks, tries)
            if len(shorter) < len(pieces):
                pieces, sizes = shorter, _sizes(len(shorter))
            size = next(sizes, 0)
        text = "".join(pieces)
    return text


def _parts(pieces: list[str]) -> Iterator[str]:
    """Every part of a text of few pieces, shortest first."""
    if len(pieces) <= FEW:
        for size in range(1, len(pieces)):
            yield from ("".join(pieces[start:start + size]) for start in range(len(pieces) - size + 1))


def _sizes(count: int) -> Iterator[int]:
    """How long the runs are that are tried, longest first."""
    while count > FEW:
        count //= 2
        yield count
    yield from range(count, 0, -1)


def _without(pieces: list[str], size: int, breaks: Callable[[str], bool], tries: int) -> tuple[list[str], int]:
    """The pieces without every run of that size that is not needed, and how many tries are left."""
    start = 0
    while start < len(pieces) and tries > 0:
        shorter = pieces[:start] + pieces[start + size:]
        tries -= 1
        if shorter and breaks("".join(shorter)):
            pieces = shorter
        else:
            start += 1 if size <= FEW else size
    return pieces, tries
