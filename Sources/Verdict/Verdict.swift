// Verdict: see docs/architecture.md.
