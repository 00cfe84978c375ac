import JSON
import Measurement
import Scenario

/// The commands that bring a run about again.
package enum RerunCommand {
  /// Does the run with the same draws, by as many threads.
  package static func text(_ identity: RunIdentity, _ scenario: Scenario) -> String {
    var words = ["stampede", "run", identity.file]
    if identity.target != "reference" {
      words += ["--target", identity.target]
      // What switches incidents on there, and sets its clock, is not on record.
      if !identity.incidents.isEmpty || scenario.reference != nil { words += ["--control-token", "TOKEN"] }
    } else if case .url = scenario.target {
      words += ["--target", identity.target]
    }
    if let profile = identity.profile { words += ["--profile", profile] }
    for incident in identity.incidents where !scenario.incidents.contains(incident) {
      words += ["--incident", incident]
    }
    for override in identity.overrides { words += ["--set", override] }
    // What meets whom depends on who sends and who serves.
    words += ["--workers", String(identity.workers)]
    if identity.serverLoops > 0 { words += ["--server-loops", String(identity.serverLoops)] }
    words += ["--seed", String(identity.seed)]
    return words.map { ShellText.quoted($0) }.joined(separator: " ")
  }

  /// Makes a bundled server as the run's was, for its requests one by one; empty where the run had another target.
  static func server(_ identity: RunIdentity, _ scenario: Scenario) -> [String] {
    guard identity.target == "reference" else { return [] }
    let token = "again"
    var words = ["stampede", "serve", "--seed", String(identity.seed)]
    for incident in identity.incidents { words += ["--incident", incident] }
    if scenario.reference != nil { words += ["--control-token", token] }
    var commands = [words.map { ShellText.quoted($0) }.joined(separator: " ")]
    func control(_ method: String, _ path: String, _ body: JSONValue) {
      commands.append(
        "curl -X \(method) \(RequestCommand.reference)/_control/\(path) -H 'Authorization: Bearer \(token)' "
          + "--data-raw \(ShellText.quoted(body.text()))")
    }
    if let settings = scenario.reference?.settings, !settings.isEmpty {
      control("PUT", "settings", .object(settings))
      control("POST", "reset", ["keep_settings": true, "keep_incidents": true])
    }
    if let clock = scenario.reference?.clock { control("PUT", "clock", ["now": .string(clock)]) }
    return commands
  }
}

extension Counterexample {
  /// With the commands that bring it about again, and its numbers by their names.
  func repeatable(_ record: RunRecord, _ scenario: Scenario) -> Counterexample {
    var counterexample = self
    counterexample.again = RerunCommand.text(record.identity, scenario)
    counterexample.server = RerunCommand.server(record.identity, scenario)
    let command = RequestCommand(scenario: scenario, target: record.identity.target, seed: record.identity.seed)
    let names = scenario.numberNames
    for index in requests.indices {
      let (before, request) = command.commands(requests[index])
      counterexample.requests[index].before = before
      counterexample.requests[index].curl = request
      counterexample.requests[index].numberName = names[requests[index].step]
    }
    return counterexample
  }
}
