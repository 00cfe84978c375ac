import Engine
import Glibc
import JSON
import ReferenceServer
import Verdict

/// `stampede serve`: the reference server alone.
enum ServeCommand: Command {
  static let specification = CommandSpecification(
    name: "serve", summary: "Run the reference server by itself, until it is interrupted.",
    options: ControlToken.options("Token of the control interface (default: a fresh one, printed).") + [
      OptionSpecification("host", "ADDRESS", "Address to listen on (default: 127.0.0.1)."),
      OptionSpecification("port", "N", "Port to listen on (default: 8080); 0 lets the system choose."),
      OptionSpecification("server-loops", "N", "Threads that serve (default: one for each core)."),
      OptionSpecification(
        "incident", "NAME", repeatable: true,
        "Switch an incident on from the start: NAME or NAME=PARAMETER. 'stampede incidents' lists them."),
      OptionSpecification(
        "env", "NAME=VALUE", repeatable: true,
        "A setting by its name in deployments: --env MAX_REQUEST_BODY_BYTES=65536."),
      OptionSpecification("query-time", "MILLISECONDS", "What a query of the store takes."),
      OptionSpecification("seed", "N", "Seed of every draw of the server (default: 1)."),
      OptionSpecification(
        "max-connections", "N", "Connections at the most; those beyond are answered 503 (default: 20000)."),
      OptionSpecification(
        "max-connections-per-address", "N", "Connections from one address at the most (default: as many as of all)."),
    ],
    examples: [
      (
        "stampede serve --port 8080",
        "Then, elsewhere: stampede run SCENARIO --target http://127.0.0.1:8080 --control-token …"
      ),
      ("stampede serve --incident coupon.overissue", "With the over-issue incident."),
    ])

  static func run(_ arguments: CommandLineArguments) throws -> ExitCode {
    var configuration = ServerConfiguration()
    if let host = arguments.value("host") { configuration.host = host }
    configuration.port = UInt16(try arguments.integer("port", in: 0...65535) ?? 8080)
    configuration.loops = try arguments.integer("server-loops", in: 1...256) ?? Machine.allowedProcessors().count
    let token = try ControlToken.given(arguments) ?? ControlToken.fromEnvironment()
    configuration.controlToken = token?.token
    configuration.incidents = arguments.all("incident")
    configuration.seed = UInt64(try arguments.integer("seed", in: 0...Int.max) ?? 1)
    if let most = try arguments.integer("max-connections", in: 1...1_000_000) {
      configuration.limits.maxConnections = most
      configuration.limits.maxConnectionsPerAddress = most
    }
    if let most = try arguments.integer("max-connections-per-address", in: 1...1_000_000) {
      configuration.limits.maxConnectionsPerAddress = most
    }
    if let text = arguments.value("query-time") {
      guard let milliseconds = Double(text), milliseconds >= 0, milliseconds <= 60_000 else {
        throw UsageError("'--query-time \(text)': milliseconds from 0 to 60000 were expected")
      }
      configuration.queryTime = .nanoseconds(Int64(milliseconds * 1e6))
    }
    for text in arguments.all("env") {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else { throw UsageError("'--env \(text)': write it as --env NAME=VALUE") }
      configuration.environment[parts[0]] = parts[1]
    }
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)

    let server: ReferenceServer
    do {
      server = try ReferenceServer(configuration: configuration)
    } catch {
      throw UsageError("\(error)")
    }
    let port: UInt16
    do {
      port = try server.start()
    } catch {
      throw UsageError("cannot listen on \(configuration.host) port \(configuration.port): \(error)")
    }
    let host = configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    Console.line("listening on http://\(host):\(port)")
    Console.line("control token: \(token?.source.map { "that of \($0)" } ?? server.controlToken)")
    for incident in configuration.incidents { Console.line("incident on: \(incident)") }
    var number: Int32 = 0
    while sigwait(&signals, &number) != 0 {}
    server.stop()
    return .pass
  }
}
