"""Rounds that interleave ours with the reference, and the table that comes of them."""
# SPDX-License-Identifier: Apache-2.0

import math
import statistics
from dataclasses import dataclass

ROUNDS_LEAST = 5


@dataclass
class Row:
    """One line of the table. ratio and spread are told as text, since some rows compare by difference."""
    figure: str
    ours: str
    reference: str
    ratio: str
    spread: str
    goal: str
    met: bool


def interleave(rounds, arms):
    """Calls each arm once a round (A B A B ...). arms: name -> callable(round); returns name -> list of figures."""
    assert rounds >= ROUNDS_LEAST
    figures = {name: [] for name in arms}
    for number in range(rounds):
        for name, measure in arms.items():
            figures[name].append(measure(number))
    return figures


def percentile(values, percent):
    """The smallest value that so many percent of all do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def ratio_row(figure, ours, reference, goal, unit, name, at_most=False):
    """Ratio of the medians; spread is that of the ratios of each round."""
    ratio = statistics.median(ours) / statistics.median(reference)
    each = [one / other for one, other in zip(ours, reference)]
    met = ratio <= goal if at_most else ratio >= goal
    return Row(figure, amount(statistics.median(ours), unit), f"{amount(statistics.median(reference), unit)} {name}",
               f"{ratio:.2f}", f"{min(each):.2f}–{max(each):.2f}", f"{'≤' if at_most else '≥'} {goal:g}", met)


def excess_row(figure, ours, reference, goal, unit, name):
    """How much ours is above the reference; the goal bounds that."""
    each = [one - other for one, other in zip(ours, reference)]
    excess = statistics.median(each)
    return Row(figure, amount(statistics.median(ours), unit), f"{amount(statistics.median(reference), unit)} {name}",
               f"{excess:+.2f} {unit}", spread(each, unit), f"≤ +{amount(goal, unit)}", excess <= goal)


def limit_row(figure, ours, goal, unit, beside=""):
    """A figure that has no reference, only a bound; beside is told in its place."""
    median = statistics.median(ours)
    return Row(figure, amount(median, unit), beside, f"{median / goal:.2f}", spread(ours, unit),
               f"≤ {amount(goal, unit)}", median <= goal)


def spread(values, unit):
    return f"{amount(min(values), '')}–{amount(max(values), unit)}"


def amount(value, unit):
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}{' ' + unit if unit else ''}"


def table(rows):
    """The whole as text, columns aligned."""
    titles = ("figure", "ours", "reference", "ratio", "spread", "goal", "met")
    lines = [titles] + [(row.figure, row.ours, row.reference, row.ratio, row.spread, row.goal,
                         "yes" if row.met else "NO")
                        for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(titles))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
    text.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(text)
