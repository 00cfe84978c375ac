// HTTPMessage: see docs/architecture.md.
