"""Is a confidence what it says? Reliability, expected calibration error, and accuracy against coverage.

Reliability bins and the expected calibration error are those of Guo et al. 2017 ("On calibration of modern neural
networks"); the risk-coverage curve and the area under it are El-Yaniv and Wiener 2010 and Geifman et al. 2019.
"""

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10

Pair = tuple[float, bool]  # confidence 0 to 1, whether it was right


@dataclass(frozen=True)
class Bin:
    """The answers of one span of confidence: how many, how confident on average, what share was right."""

    count: int
    confidence: float
    right: float


def reliability(pairs: Sequence[Pair], bins: int = BINS) -> list[Bin]:
    """The bins that are not empty, from low to high; their spans are equal."""
    found = []
    for number in range(bins):
        chosen = [pair for pair in pairs if min(bins - 1, int(max(0.0, pair[0]) * bins)) == number]
        if chosen:
            confidence = sum(confidence for confidence, _ in chosen) / len(chosen)
            found.append(Bin(len(chosen), confidence, sum(right for _, right in chosen) / len(chosen)))
    return found


def calibration_error(pairs: Sequence[Pair], bins: int = BINS) -> float:
    """ECE: how far confidence and share of right ones lie apart, weighted by the bins' counts; 0 of nothing."""
    return sum(one.count * abs(one.confidence - one.right) for one in reliability(pairs, bins)) / max(1, len(pairs))


@dataclass(frozen=True)
class Point:
    """Answering only what is at least `threshold` confident: the share answered, and the share of those right."""

    threshold: float
    coverage: float
    accuracy: float


def coverage_curve(pairs: Sequence[Pair]) -> list[Point]:
    """One point a threshold, from the most confident answers alone to all; equal confidences stand or fall together."""
    ranked = sorted(pairs, key=lambda pair: -pair[0])
    curve: list[Point] = []
    right = 0
    for number, (confidence, good) in enumerate(ranked, start=1):
        right += good
        if number == len(ranked) or ranked[number][0] < confidence:
            curve.append(Point(confidence, number / len(ranked), right / number))
    return curve


def area_under_risk(pairs: Sequence[Pair]) -> float:
    """AURC: the mean share of wrong ones over all coverages; 0 is perfect, the error rate is what no order gives.

    Within a tie every order is as likely, so each of its answers counts at the tie's expected share of wrong ones.
    """
    ranked = sorted(pairs, key=lambda pair: -pair[0])
    total, wrong, start = 0.0, 0.0, 0
    while start < len(ranked):
        end = start
        while end < len(ranked) and ranked[end][0] == ranked[start][0]:
            end += 1
        share = sum(not good for _, good in ranked[start:end]) / (end - start)
        for place in range(start, end):
            wrong += share
            total += wrong / (place + 1)
        start = end
    return total / len(ranked) if ranked else 0.0


def at_threshold(pairs: Sequence[Pair], threshold: float) -> Point:
    """The operating point of a threshold; accuracy 1.0 where nothing is answered."""
    kept = [good for confidence, good in pairs if confidence >= threshold]
    return Point(threshold, len(kept) / max(1, len(pairs)), sum(kept) / len(kept) if kept else 1.0)
