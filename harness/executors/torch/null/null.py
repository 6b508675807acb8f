"""The empty baseline: what PyTorch's worker costs when nothing is computed."""

from __future__ import annotations


class Null:
    """Nothing in each phase of a call."""

    def __init__(self, *_: object) -> None:
        """Takes inputs, outputs and attributes as every baseline does."""

    def prepare(self) -> None:
        """Nothing to convert."""

    def run(self) -> None:
        """Nothing to compute."""

    def collect(self) -> None:
        """Nothing to convert."""


BASELINES = {"null": Null}
