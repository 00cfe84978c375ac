// ReferenceServer: see docs/architecture.md.
