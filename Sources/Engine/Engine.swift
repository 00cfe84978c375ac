// Engine: see docs/architecture.md.
