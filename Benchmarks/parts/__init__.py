"""The parts of the suite. Each is a module with a `SUMMARY` of one line and `run(context) -> Part`."""

from dataclasses import dataclass, field

from suite.markdown import Table
from suite.sample import Samples


@dataclass
class Part:
    """What a part came to."""

    name: str
    samples: Samples
    tables: list[Table]
    # Medians and ratios by name, for the result file.
    summary: list[dict] = field(default_factory=list)
    # Client and why it was left out.
    missing: dict[str, str] = field(default_factory=dict)
    # Why the whole part was not measured, where it was not.
    skipped: str | None = None
    settings: dict = field(default_factory=dict)

    def as_json(self) -> dict:
        return {
            "settings": self.settings,
            "skipped": self.skipped,
            "missing": self.missing,
            "summary": self.summary,
            "tables": [
                {"title": table.title, "headers": table.headers, "rows": table.rows, "notes": table.notes}
                for table in self.tables
            ],
            "runs": self.samples.as_json(),
        }
