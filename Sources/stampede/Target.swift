import Engine
import EventLoop
import JSON
import ReferenceServer
import Scenario

/// What a run is aimed at: a server of this process, or a URL.
struct Target {
  var url: String
  /// As the report names it.
  var name: String
  var controlToken: String?
  /// Of this process; `nil` for a URL.
  var server: ReferenceServer?
  var workers: Int
  var serverLoops: Int

  static let options: [OptionSpecification] =
    [OptionSpecification("target", "URL", "What to aim at; 'reference' is the bundled server, in this process.")]
    + ControlToken.options("Token of a 'stampede serve' that --target names.") + [
      OptionSpecification(
        "incident", "NAME", repeatable: true,
        "Switch an incident of the reference server on: NAME or NAME=PARAMETER. 'stampede incidents' lists them."),
      OptionSpecification(
        "workers", "N",
        "Threads that generate load (default: half the cores beside the bundled server, else all but one)."),
      OptionSpecification("server-loops", "N", "Threads of the bundled server (default: the other cores)."),
    ]

  /// Incidents of the scenario and of the command line, each known to exist.
  static func incidents(_ scenario: Scenario, _ arguments: CommandLineArguments) throws(UsageError) -> [String] {
    let known = ReferenceServer.incidents.map(\.name)
    var incidents = scenario.incidents
    for incident in arguments.all("incident") where !incidents.contains(incident) { incidents.append(incident) }
    for incident in incidents {
      let parts = incident.split(separator: "=", maxSplits: 1).map(String.init)
      guard known.contains(parts[0]) else {
        let near = Suggestion.nearest(to: parts[0], among: known)
        throw UsageError(
          "there is no incident '\(parts[0])'" + (near.map { ": did you mean '\($0)'?" } ?? "")
            + "\n'stampede incidents' lists them.")
      }
      if parts.count == 2, Double(parts[1]) == nil {
        throw UsageError("the parameter of incident '\(incident)' is not a number")
      }
    }
    return incidents
  }

  /// Settles what a run is aimed at, and starts the server where it is ours.
  static func settle(
    _ scenario: Scenario, _ arguments: CommandLineArguments, incidents: [String], seed: UInt64
  ) throws -> Target {
    let cores = Machine.allowedProcessors().count
    let workers = try arguments.integer("workers", in: 1...256)
    let named = arguments.value("target")
    var url: String?
    if let named, named != "reference" {
      url = named
    } else if named == nil, case .url(let text) = scenario.target {
      url = text
    }
    if let url {
      // Before it is named anywhere.
      if let fault = TargetURL.fault(in: url) { throw UsageError("--target \(URLPassword.masked(url)): \(fault)") }
      // That of the environment is sent only where it is needed: the target may be anybody's.
      let isControlled = !incidents.isEmpty || scenario.reference != nil
      let token = try (ControlToken.given(arguments) ?? (isControlled ? ControlToken.fromEnvironment() : nil))?.token
      if !incidents.isEmpty, token == nil {
        throw UsageError(
          "incidents are the reference server's, and the target is \(url): if that is a 'stampede serve', give the "
            + "token that it printed with \(ControlToken.ways)")
      }
      if scenario.reference != nil, token == nil {
        throw UsageError(
          "the scenario's 'reference' sets clock or settings of the reference server, and the target is \(url): if that is "
            + "a 'stampede serve', give the token that it printed with \(ControlToken.ways); else leave it out with "
            + "--set reference=null")
      }
      if arguments.value("server-loops") != nil {
        throw UsageError("--server-loops is for the bundled server, and the target is \(url)")
      }
      return Target(
        url: url, name: url, controlToken: token, server: nil, workers: workers ?? max(1, cores - 1), serverLoops: 0)
    }
    for option in ["control-token", "token-file"] where arguments.value(option) != nil {
      throw UsageError("--\(option) is for a server of another process: name it with --target")
    }
    var configuration = ServerConfiguration()
    let share = workers ?? max(1, cores / 2)
    configuration.loops = try arguments.integer("server-loops", in: 1...256) ?? max(1, cores - share)
    configuration.seed = seed
    // The generator's own connections need descriptors of the same process, whoever else connects to the server.
    configuration.limits.reservedDescriptors = 64 * (share + 1) + scenario.peakUsers
    let server = try ReferenceServer(configuration: configuration)
    let port = try server.start()
    return Target(
      url: "http://127.0.0.1:\(port)", name: "reference", controlToken: server.controlToken, server: server,
      workers: share, serverLoops: configuration.loops)
  }
}

extension Scenario {
  /// What the file says literally under secret names is secret, and so are data, but to the bundled server.
  mutating func keepLiteralSecrets(isBundled: Bool) {
    if !isBundled { secrets = Set(secrets + literalSecrets).sorted() }
    hidesData = !isBundled
  }
}
