"""From a sum of weights to a probability: Platt's logistic scaling, fitted on labelled names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

SLOPE, OFFSET = 0.92, 1.56
"""Fitted by `sergekg reconcile evaluate --fit` on the training half of data/reconciliation/names.tsv."""


def confidence_of(total: float) -> float:
    """The probability, 0 to 1, that belongs to a sum of weights (log-odds)."""
    return 1.0 / (1.0 + exp(-max(-40.0, min(40.0, SLOPE * total + OFFSET))))


def fit(totals: Sequence[float], rights: Sequence[bool]) -> tuple[float, float]:
    """Slope and offset by maximum likelihood (Platt 1999; Newton's steps after Lin, Lin and Weng 2007).

    Args:
        totals: sum of weights of the first candidate of each query.
        rights: whether that candidate was the right one; both kinds must occur.
    """
    positive = sum(rights)
    negative = len(rights) - positive
    high, low = (positive + 1) / (positive + 2), 1 / (negative + 2)
    targets = [high if right else low for right in rights]
    slope, offset = 1.0, 0.0
    for _ in range(100):
        gradient_s = gradient_o = 0.0
        h_ss = h_so = h_oo = 1e-9
        for total, target in zip(totals, targets, strict=True):
            p = 1.0 / (1.0 + exp(-max(-40.0, min(40.0, slope * total + offset))))
            gradient_s += (target - p) * total
            gradient_o += target - p
            weight = p * (1.0 - p)
            h_ss += weight * total * total
            h_so += weight * total
            h_oo += weight
        determinant = h_ss * h_oo - h_so * h_so
        step_s = (h_oo * gradient_s - h_so * gradient_o) / determinant
        step_o = (h_ss * gradient_o - h_so * gradient_s) / determinant
        slope, offset = slope + step_s, offset + step_o
        if abs(step_s) + abs(step_o) < 1e-9:
            break
    return slope, offset


@dataclass(frozen=True, slots=True)
class Bin:
    """Queries whose confidence lies in one interval: mean confidence, share that was right, how many."""

    low: float
    high: float
    confidence: float
    share_right: float
    count: int


def reliability(confidences: Sequence[float], rights: Sequence[bool], bins: int = 10) -> list[Bin]:
    """The calibration curve: equal intervals of confidence, empty ones left out."""
    found = []
    for i in range(bins):
        low, high = i / bins, (i + 1) / bins
        inside = [
            (c, right)
            for c, right in zip(confidences, rights, strict=True)
            if low <= c < high or (i == bins - 1 and c == 1.0)
        ]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            found.append(Bin(low, high, mean, sum(right for _, right in inside) / len(inside), len(inside)))
    return found


def expected_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: how far, on average, a confidence is from the share that was right."""
    total = sum(b.count for b in bins)
    return sum(b.count * abs(b.confidence - b.share_right) for b in bins) / total if total else float("nan")


def brier(confidences: Sequence[float], rights: Sequence[bool]) -> float:
    """Brier's score: mean square of the error of the confidences; 0 is perfect, 0.25 is a coin."""
    pairs = list(zip(confidences, rights, strict=True))
    return sum((c - right) ** 2 for c, right in pairs) / len(pairs) if pairs else float("nan")
