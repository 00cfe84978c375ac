// HTTPClient: see docs/architecture.md.
