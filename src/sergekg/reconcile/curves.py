"""Draws the calibration curve and the precision/recall curve as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import sqrt
from xml.sax.saxutils import escape

from sergekg.reconcile.calibration import Bin

_SIZE, _EDGE = 360, 48
_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'font-family="system-ui, sans-serif" font-size="12" fill="none" stroke-linecap="round">'
    "<title>{title}</title><desc>{description}</desc>"
    '<rect width="{width}" height="{height}" fill="#fff"/>'
)


def calibration_svg(bins: Sequence[Bin]) -> str:
    """Share that was right against mean confidence, one dot for each bin, as large as its count."""
    most = max((b.count for b in bins), default=1)
    dots = (
        f'<circle cx="{_x(b.confidence):.1f}" cy="{_y(b.share_right):.1f}" r="{_radius(b.count / most):.1f}" '
        f'fill="#1f5a8a" fill-opacity="0.75"><title>{b.count} queries: confidence {b.confidence:.3f}, '
        f"right {b.share_right:.3f}</title></circle>"
        f'<text x="{_x(b.confidence):.1f}" y="{_y(b.share_right) - 12:.1f}" text-anchor="middle" '
        f'font-size="10" fill="#555">{b.count}</text>'
        for b in bins
    )
    line = _line([(b.confidence, b.share_right) for b in bins])
    diagonal = f'<path d="M{_x(0)},{_y(0)}L{_x(1)},{_y(1)}" stroke="#999" stroke-dasharray="4 4"/>'
    said = "; ".join(f"{b.confidence:.2f}: {b.share_right:.2f} of {b.count}" for b in bins)
    return _figure("Calibration", said, "confidence", "share that was right", [diagonal, line, *dots])


def precision_recall_svg(points: Sequence[tuple[float, float, float]], automatic: float) -> str:
    """Precision against recall over all thresholds; the automatic threshold is marked."""
    line = _line([(recall, precision) for _, precision, recall in points])
    at = next((point for point in points if point[0] >= automatic), None)
    mark = ""
    said = "no query reaches the automatic threshold"
    if at:
        said = f"at {automatic}: precision {at[1]:.3f}, recall {at[2]:.3f}"
        mark = (
            f'<circle cx="{_x(at[2]):.1f}" cy="{_y(at[1]):.1f}" r="5" fill="#b3402a"/>'
            f'<text x="{_x(0.03):.1f}" y="{_y(at[1]) + 24:.1f}" fill="#b3402a">'
            f"{said}</text>"
        )
    return _figure("Precision and recall", said, "recall", "precision", [line, mark])


def _radius(share: float) -> float:
    return 3 + 7 * sqrt(share)


def _x(value: float) -> float:
    return _EDGE + value * _SIZE


def _y(value: float) -> float:
    return _EDGE + (1 - value) * _SIZE


def _line(points: Sequence[tuple[float, float]]) -> str:
    if not points:
        return ""
    path = "L".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<path d="M{path}" stroke="#1f5a8a" stroke-width="2"/>'


def _figure(title: str, description: str, across: str, up: str, parts: Iterable[str]) -> str:
    side = _SIZE + 2 * _EDGE
    lines = [_HEAD.format(width=side, height=side, title=escape(title), description=escape(description))]
    lines.append(f'<rect x="{_EDGE}" y="{_EDGE}" width="{_SIZE}" height="{_SIZE}" stroke="#333"/>')
    for tenth in range(0, 11, 2):
        value = tenth / 10
        lines.append(f'<path d="M{_x(value)},{_y(0)}v5M{_x(0)},{_y(value)}h-5" stroke="#333"/>')
        lines.append(
            f'<text x="{_x(value)}" y="{_y(0) + 20}" text-anchor="middle" fill="#333">{value:.1f}</text>'
        )
        lines.append(
            f'<text x="{_x(0) - 8}" y="{_y(value) + 4}" text-anchor="end" fill="#333">{value:.1f}</text>'
        )
    lines.append(
        f'<text x="{side / 2}" y="28" text-anchor="middle" font-size="15" fill="#111">{escape(title)}</text>'
    )
    lines.append(
        f'<text x="{side / 2}" y="{side - 8}" text-anchor="middle" fill="#333">{escape(across)}</text>'
    )
    lines.append(
        f'<text transform="translate(14 {side / 2}) rotate(-90)" text-anchor="middle" fill="#333">'
        f"{escape(up)}</text>"
    )
    return "\n".join([*lines, *(part for part in parts if part), "</svg>", ""])
