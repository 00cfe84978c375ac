import EventLoop
import JSON

@testable import ReferenceServer

/// Endpoints that show what the server makes of a request.
final class ProbeSystem: ReferenceSystem {
  static let name = "probe"
  static let incidents = [
    Incident(
      "probe.plain", "does nothing", symptom: "none", mitigation: "none"),
    Incident(
      "probe.tuned", "does nothing, tuned", symptom: "none", mitigation: "none",
      parameter: .init("percent", standard: 5, in: 0...100)),
  ]

  let database: Database
  let rows: Setting
  private let isLetGo = Locked(false)

  init(context: ServerContext) {
    database = Database(name: "probe", context: context)
    rows = context.settings.integer("probe.rows", environment: "PROBE_ROWS", standard: 7, in: 1...9, "rows")
  }

  func install(on router: inout Router) {
    router.on("GET", "/plain") { _ in .text(200, "plain") }
    router.on("GET", "/request/{first}/and/{second}") { request in
      .json(
        200,
        [
          "path": .string(request.path), "first": .string(request.parameters["first"]),
          "second": .string(request.parameters[1]), "q": request.query("q").map { .string($0) } ?? .null,
          "address": .string(request.clientAddress), "id": .string(request.requestID),
        ])
    }
    router.on("POST", "/body") { request in
      .json(
        200, ["bytes": .integer(Int64(request.body.count)), "sum": .integer(request.body.reduce(0) { $0 + Int64($1) })])
    }
    let limits = RouteLimits(
      maxBodyBytes: { _ in 100 },
      refuse: { request, excess in
        .json(
          413,
          [
            "limit": .integer(Int64(excess.maxBytes)),
            "declared": excess.contentLength.map { .integer(Int64($0)) } ?? .null,
            "received": .integer(Int64(excess.receivedBytes)),
          ])
      })
    router.on("POST", "/limited", limits: limits) { .json(200, ["bytes": .integer(Int64($0.body.count))]) }
    router.on("GET", "/slow") { request in
      try? await request.loop.sleep(for: .milliseconds(Int(request.query("ms") ?? "") ?? 20))
      return .text(200, "slow")
    }
    router.on("GET", "/held") { [isLetGo] request in
      while !isLetGo.withLock({ $0 }) { try? await request.loop.sleep(for: .milliseconds(1)) }
      return .text(200, "held")
    }
    router.on("GET", "/large") { request in
      ServerResponse(status: 200, contentType: .text, body: [UInt8](repeating: 120, count: 8_000_000))
    }
    router.on("GET", "/headers") { _ in
      .empty(204, headers: [("X-Good", "yes"), ("X-Bad", "no\r\nX-Injected: yes"), ("Bad Name", "no")])
    }
  }

  /// Has requests for `/held` answered, which wait for it.
  func letGo() { isLetGo.withLock { $0 = true } }

  func reset() {}
  func truth() -> JSONValue { ["rows": .integer(Int64(rows.value))] }
}

extension ServerUnderTest {
  /// A server of the probe alone.
  static func probe(loops: Int = 1, _ configure: (inout ServerConfiguration) -> Void = { _ in }) throws
    -> ServerUnderTest
  {
    try ServerUnderTest(loops: loops, systems: [ProbeSystem.self], configure)
  }
}
