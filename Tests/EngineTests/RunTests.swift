import Testing

/// Whole runs, one after the other: each has threads of its own, and the machine may be small.
@Suite(.serialized, .timeLimit(.minutes(2))) struct RunTests {}
