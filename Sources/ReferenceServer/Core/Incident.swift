/// A named fault of a reference system, as its runbook knows it.
package struct Incident: Sendable, Hashable {
  /// A number that tunes the incident.
  package struct Parameter: Sendable, Hashable {
    /// What it counts: `percent`, `milliseconds`, `seconds`.
    package var name: String
    package var standard: Double
    package var range: ClosedRange<Double>

    package init(_ name: String, standard: Double, in range: ClosedRange<Double>) {
      self.name = name
      self.standard = standard
      self.range = range
    }
  }

  /// System and fault: `coupon.overissue`.
  package var name: String
  /// One line: what goes wrong in the server.
  package var explanation: String
  /// What the runbook says that one sees.
  package var symptom: String
  /// What the runbook says that one does.
  package var mitigation: String
  package var parameter: Parameter?

  package init(
    _ name: String, _ explanation: String, symptom: String, mitigation: String, parameter: Parameter? = nil
  ) {
    self.name = name
    self.explanation = explanation
    self.symptom = symptom
    self.mitigation = mitigation
    self.parameter = parameter
  }
}
