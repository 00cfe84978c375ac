import Measurement
import Scenario

/// The command that does a run again with the same draws.
package enum RerunCommand {
  package static func text(_ identity: RunIdentity, _ scenario: Scenario) -> String {
    var words = ["stampede", "run", identity.file]
    if identity.target != "reference" {
      words += ["--target", identity.target]
      // What switches incidents on there is not on record.
      if !identity.incidents.isEmpty { words += ["--control-token", "TOKEN"] }
    }
    if let profile = identity.profile { words += ["--profile", profile] }
    for incident in identity.incidents where !scenario.incidents.contains(incident) {
      words += ["--incident", incident]
    }
    for override in identity.overrides { words += ["--set", override] }
    words += ["--seed", String(identity.seed)]
    return words.map(RequestCommand.quoted).joined(separator: " ")
  }
}

extension Counterexample {
  /// With the commands that bring it about again.
  func repeatable(_ record: RunRecord, _ scenario: Scenario) -> Counterexample {
    var counterexample = self
    counterexample.again = RerunCommand.text(record.identity, scenario)
    let command = RequestCommand(scenario: scenario, target: record.identity.target, seed: record.identity.seed)
    for index in requests.indices {
      counterexample.requests[index].curl = command.words(requests[index]).joined(separator: " ")
    }
    return counterexample
  }
}
