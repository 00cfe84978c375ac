import JSON

/// What the reference server is made to be before the load, on top of its first state.
package struct ReferenceState: Sendable, Hashable {
  /// The instant at which its clock is set going, as it was written: `2026-02-28T23:59:55+09:00`.
  package var clock: String?
  /// By their names in the control interface.
  package var settings: [JSONField] = []

  package init() {}
}
