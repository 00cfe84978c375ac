"""One run of one client, and what many of them come to."""

from dataclasses import asdict, dataclass, field
from statistics import median


@dataclass
class Count:
    """What a client says that it did."""

    requests: int
    # Answers that were not looked for, and requests without an answer.
    failures: int
    # Further figures, by name.
    figures: dict = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass
class Sample:
    """A run: what the client says, what it took, and what is wrong with it."""

    # What was run, such as {"client": "wrk", "connections": 64, "tls": False}.
    key: dict
    round: int
    requests: int
    failures: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    exit_code: int
    figures: dict = field(default_factory=dict)
    # What went wrong in this run.
    flags: list[str] = field(default_factory=list)
    # What others did to the client's processor meanwhile, where it was enough to spoil the figures.
    disturbance: str | None = None

    # None where nothing is known to have been requested: such a run enters no median.

    @property
    def per_cpu_second(self) -> float | None:
        return self.requests / self.cpu_seconds if self.requests and self.cpu_seconds else None

    @property
    def per_second(self) -> float | None:
        return self.requests / self.wall_seconds if self.requests and self.wall_seconds else None

    def as_json(self) -> dict:
        fields = asdict(self)
        return {
            **fields.pop("key"),
            **fields,
            "requests_per_cpu_second": self.per_cpu_second,
            "requests_per_second": self.per_second,
        }


@dataclass
class Spread:
    """The median of several figures, between the least and the greatest."""

    median: float
    least: float
    greatest: float
    count: int
    # Whether something went wrong in one of the runs.
    is_flagged: bool = False

    @staticmethod
    def of(values, is_flagged: bool = False) -> "Spread | None":
        values = [value for value in values if value is not None]
        return Spread(median(values), min(values), max(values), len(values), is_flagged) if values else None

    def as_json(self) -> dict:
        return asdict(self)


class Samples:
    """The runs of a part."""

    def __init__(self):
        self.all: list[Sample] = []

    def add(self, sample: Sample) -> None:
        self.all.append(sample)

    def of(self, **key) -> list[Sample]:
        """Those whose key has these members."""
        return [each for each in self.all if all(each.key.get(name) == value for name, value in key.items())]

    def spread(self, figure, **key) -> Spread | None:
        runs = self.of(**key)
        return Spread.of((figure(each) for each in runs), any(each.flags for each in runs))

    def ratio(self, figure, of: dict, to: dict) -> Spread | None:
        """One's figure by the other's, each pair from the same round: what slows a whole round cancels out."""
        others = {each.round: each for each in self.of(**to)}
        pairs = [(each, others[each.round]) for each in self.of(**of) if each.round in others]
        figures = [(figure(one), figure(other)) for one, other in pairs]
        return Spread.of(
            (one / other for one, other in figures if one is not None and other),
            any(one.flags or other.flags for one, other in pairs),
        )

    def as_json(self) -> list[dict]:
        return [each.as_json() for each in self.all]
