"""Tables of medians, as Markdown."""

from dataclasses import dataclass, field

from suite.sample import Sample, Spread


@dataclass
class Table:
    title: str
    headers: list[str]
    rows: list[list[str]] = field(default_factory=list)
    # What a reader must know beside the numbers.
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [f"**{self.title}**", ""]
        lines.append("| " + " | ".join(self.headers) + " |")
        lines.append("|" + "|".join(["---"] + ["---:"] * (len(self.headers) - 1)) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        if self.notes:
            lines += [""] + [f"- {note}" for note in self.notes]
        return "\n".join(lines)


def number(value: float) -> str:
    """Three figures that count: 1.23, 12.3, 123, 1,234."""
    if value == 0:
        return "0"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}"


def cell(spread: Spread | None, scale: float = 1) -> str:
    """The median, and in brackets the least and the greatest; ⚠ where something went wrong in one of the runs."""
    if not spread:
        return "–"
    text = number(spread.median * scale)
    if spread.count > 1:
        text += f" ({number(spread.least * scale)}–{number(spread.greatest * scale)})"
    return text + " ⚠" if spread.is_flagged else text


def flag_notes(samples: list[Sample], describe) -> list[str]:
    """A line for each kind of run in which something went wrong: in how many of its rounds, and what; and one for all
    runs during which others used the client's processor."""
    notes = []
    kinds: dict[str, list[Sample]] = {}
    for sample in samples:
        kinds.setdefault(describe(sample), []).append(sample)
    for name, runs in kinds.items():
        flagged = [sample for sample in runs if sample.flags]
        if flagged:
            notes.append(f"⚠ {name}: {len(flagged)} of {len(runs)} runs: {'; '.join(flagged[-1].flags)}")
    disturbed = [sample for sample in samples if sample.disturbance]
    if disturbed:
        notes.append(f"⚠ {len(disturbed)} of {len(samples)} runs were disturbed, such as: {disturbed[-1].disturbance}")
    return notes
