/// Outcomes that every step has besides those that the scenario names.
package enum BuiltInOutcome {
  /// An answer that no outcome of the step looks for.
  package static let unexpected = "unexpected"

  /// What can keep an answer from coming: the HTTP client's failures by its names for them, and `unsent`.
  package static let transport = [
    "dns", "connect_refused", "connect_timeout", "connect_failed", "tls", "proxy", "no_descriptors", "no_ports",
    "reset", "closed", "truncated", "timeout", "malformed", "too_large", "cancelled", unsent,
  ]

  /// An arrival of an open shape that nobody could take before the end.
  package static let unsent = "unsent"

  /// Those whose request never left: it had no effect on the target, and the target has no trace of it.
  package static let neverSent: Set<String> = [
    "dns", "connect_refused", "connect_timeout", "connect_failed", "tls", "proxy", "no_descriptors", "no_ports", unsent,
  ]

  package static let names = [unexpected] + transport

  /// What a step without outcomes calls any status below 400.
  package static let success = "ok"
}
