import EventLoop
import Glibc
import JSON
import Measurement
import ReferenceServer
import Scenario
import Testing

@testable import Engine

/// A run of a scenario against a `ProbeSystem` in this process.
struct Running {
  let probe: ProbeSystem
  let url: String
  let controlToken: String
  private let server: ReferenceServer

  init() throws {
    var configuration = ServerConfiguration()
    configuration.limits.maxBodyBytes = 16 << 20
    // Answers that the test does not wait for are not waited for.
    configuration.limits.stopTimeout = .milliseconds(1)
    server = try ReferenceServer(configuration: configuration, systems: [ProbeSystem.self])
    probe = try #require(server.systems.first as? ProbeSystem)
    url = "http://127.0.0.1:\(try server.start())"
    controlToken = server.controlToken
  }

  /// Stops the server; not before all that was started has ended.
  func stop() { server.stop() }

  func make(
    _ text: String, workers: Int = 1, seed: UInt64 = 1, environment: [String: String] = [:],
    configure: (inout Run.Options) -> Void = { _ in }
  ) throws -> Run {
    try makeRun(text, url: url, workers: workers, seed: seed, environment: environment, configure: configure)
  }

  func run(
    _ text: String, workers: Int = 1, seed: UInt64 = 1, environment: [String: String] = [:],
    configure: (inout Run.Options) -> Void = { _ in }
  ) throws -> RunRecord {
    try make(text, workers: workers, seed: seed, environment: environment, configure: configure).run()
  }
}

/// Does `body` with a target and stops it.
func withTarget<Result>(_ body: (Running) throws -> Result) throws -> Result {
  let running = try Running()
  defer { running.stop() }
  return try body(running)
}

/// What `attempt` gives the first time that it `fits`, else what it gave the last time.
///
/// For what takes a machine that does not stand still at the wrong instant, which says nothing of the generator where it
/// does; no machine does so time after time.
func fitting<Value>(attempts: Int = 20, _ attempt: () throws -> Value, fits: (Value) -> Bool) throws -> Value {
  for _ in 1..<attempts {
    let value = try attempt()
    if fits(value) { return value }
  }
  return try attempt()
}

/// A port of 127.0.0.1 on which nobody listens, and nobody else can meanwhile.
func withClosedPort<Result>(_ body: (UInt16) throws -> Result) throws -> Result {
  let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(descriptor) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let isBound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
    }
  }
  try #require(isBound)
  return try body(UInt16(bigEndian: address.sin_port))
}

func makeRun(
  _ text: String, url: String, workers: Int = 1, seed: UInt64 = 1, environment: [String: String] = [:],
  configure: (inout Run.Options) -> Void = { _ in }
) throws -> Run {
  let scenario = try scenario(text, environment: environment)
  let identity = RunIdentity(scenario: scenario.name, file: "test.json5", target: url, seed: seed)
  var options = Run.Options(identity: identity, target: url)
  options.workers = workers
  configure(&options)
  return try Run(scenario, options)
}

/// Reads a scenario that is right.
func scenario(_ text: String, environment: [String: String] = [:]) throws -> Scenario {
  let source = SourceText(name: "test.json5", text)
  let (scenario, diagnostics) = ScenarioReader.read(source, options: ReadOptions(environment: { environment[$0] }))
  return try #require(
    scenario, Comment(rawValue: diagnostics.map { $0.rendered(in: source) }.joined(separator: "\n")))
}

/// A scenario with one traffic group, `main`, of one step, `one`.
func oneStep(_ load: String, _ step: String = "get: '/ok'", group: String = "", more: String = "") -> String {
  "{ name: 'test', target: 'http://127.0.0.1', \(more) traffic: { main: { load: \(load), \(group) steps: [{ name: 'one', \(step) }] } } }"
}

extension RunRecord {
  /// Of all steps' outcomes of that name.
  func count(_ outcome: String, step: String? = nil) -> UInt64 {
    series.filter { $0.key.outcome == outcome && (step == nil || $0.key.step == step) }.reduce(0) { $0 + $1.count }
  }

  var requests: UInt64 { series.reduce(0) { $0 + $1.count } }

  func series(_ outcome: String) -> SeriesRecord? { series.first { $0.key.outcome == outcome } }
}

/// A folder that is emptied and removed afterwards.
func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  var template = Array("/tmp/stampede-engine-XXXXXX".utf8CString)
  guard mkdtemp(&template) != nil else { throw SystemError("mkdtemp", errno) }
  let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  defer {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
          pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { unlink("\(path)/\(name)") }
      }
      closedir(directory)
    }
    rmdir(path)
  }
  return try body(path)
}
