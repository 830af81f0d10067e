"""The table of a run: medians of the rounds, ratios against the first peer and the ceiling. Not for measuring."""

import statistics


class Cell:
    """The runs of one target under one workload."""

    def __init__(self):
        self.runs, self.wrong = [], None

    def rate(self):
        return statistics.median(run.rate for run in self.runs) if self.runs and not self.wrong else None

    def p50(self):
        return statistics.median(run.p50 for run in self.runs)

    def p99(self):
        return statistics.median(run.p99 for run in self.runs)

    def failed(self):
        return sum(run.failed for run in self.runs)


def number(rate):
    """A rate, as people write it."""
    if rate is None:
        return ""
    return f"{rate:,.0f}".replace(",", " ") if rate >= 10 else f"{rate:.1f}"


def times(rate, base):
    """A ratio."""
    if not rate or not base:
        return ""
    ratio = rate / base
    return f"{ratio:.0f}" if ratio >= 20 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def markdown(cells, workloads, targets, memory, titles, peer, peer_pair, ceiling):
    """The whole table. `cells` by (target, workload); a row for each workload and target that was measured."""
    lines = [
        "| workload | server | requests/s | p50 ms | p99 ms | × PostGraphile | × its 2 processes | of the ceiling | memory MB |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for workload in workloads:
        bases = [cells[name, workload].rate() if (name, workload) in cells else None for name in (peer, peer_pair, ceiling)]
        for target in targets:
            cell = cells.get((target, workload))
            if cell is None:
                continue
            if cell.wrong or not cell.runs:
                lines.append(f"| {titles[workload]} | {target} | WRONG: {cell.wrong} | | | | | | |")
                continue
            rate = cell.rate()
            notes = f" ({cell.failed()} failed)" if cell.failed() else ""
            ratios = [times(rate, bases[0]), times(rate, bases[1]), f"{100 * rate / bases[2]:.0f} %" if bases[2] else ""]
            lines.append(
                f"| {titles[workload]} | {target} | {number(rate)}{notes} | {cell.p50():.1f} | {cell.p99():.1f} | "
                f"{' | '.join(ratios)} | {memory.get(target, 0):.0f} |"
            )
    return "\n".join(lines)
