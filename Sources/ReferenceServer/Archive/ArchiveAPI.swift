import EventLoop
import Glibc
import JSON

/// The archive: news, minutes and speech segments, ingested under byte and batch limits and listed by date.
package final class ArchiveAPI: ReferenceSystem {
  package static let name = "archive"
  package static let incidents = ArchiveIncidents.all

  let context: ServerContext
  let switches: ArchiveSwitches
  let settings: ArchiveSettings
  let database: Database
  let stores: [Store<ArchiveTable>]
  let window = Locked(RateWindow())
  let tally = Locked(ArchiveTally())
  /// API requests under way.
  let underWay = Locked(0)
  let failures: SharedRandom
  let started = EventLoop.now()

  package init(context: ServerContext) {
    self.context = context
    switches = ArchiveSwitches(context.incidents)
    settings = ArchiveSettings(context.settings)
    var defaults = Database.Defaults()
    defaults.poolSize = 30
    defaults.minIdle = 10
    let database = Database(name: "archive.db", context: context, defaults: defaults)
    self.database = database
    stores = ArchiveCollection.all.map { Store(ArchiveTable($0), in: database) }
    failures = context.random("archive.bad-release")
  }

  package func install(on router: inout Router) {
    router.on("GET", "/health", answering { api, request in api.live(request) })
    router.on("GET", "/health/live", answering { api, request in api.live(request) })
    router.on("GET", "/health/ready", answering { api, request in api.ready(request) })
    router.on(
      "POST", "/api/echo", limits: bodyLimits,
      answering { api, request throws(ArchiveRefusal) in
        try await api.underLimits(request) { () throws(ArchiveRefusal) in try api.echo(request) }
      })
    for (index, collection) in ArchiveCollection.all.enumerated() {
      let path = "/api/\(collection.name)"
      router.on(
        "POST", path, limits: bodyLimits,
        answering { api, request throws(ArchiveRefusal) in
          try await api.underLimits(request) { () throws(ArchiveRefusal) in try await api.ingest(request, index) }
        })
      router.on(
        "GET", path,
        answering { api, request throws(ArchiveRefusal) in
          try await api.underLimits(request) { () throws(ArchiveRefusal) in try await api.list(request, index) }
        })
      router.on(
        "GET", path + "/{id}",
        answering { api, request throws(ArchiveRefusal) in
          try await api.underLimits(request) { () throws(ArchiveRefusal) in try await api.item(request, index) }
        })
      router.on(
        "DELETE", path + "/{id}",
        answering { api, request throws(ArchiveRefusal) in
          try await api.underLimits(request) { () throws(ArchiveRefusal) in try await api.delete(request, index) }
        })
      router.onFailure(under: path) { [self] request, failure in
        let refusal: ArchiveRefusal =
          switch failure {
          case .notFound: .notFound("nothing is served at \(request.path)")
          case .methodNotAllowed(let methods):
            ArchiveRefusal(
              405, "METHOD_NOT_ALLOWED",
              "\(request.path) answers to \(methods.joined(separator: ", ")), not to \(request.method)")
          }
        return traced(refusal.response(requestID: requestID(request)), request)
      }
    }
  }

  package func reset() {
    for store in stores { store.inspect { $0 = ArchiveTable($0.collection) } }
    window.withLock { $0 = RateWindow() }
    tally.withLock { $0 = ArchiveTally() }
    failures.reset()
  }

  // MARK: - Around each request

  private func answering(
    _ answer: @escaping @Sendable (ArchiveAPI, ServerRequest) async throws(ArchiveRefusal) -> ServerResponse
  ) -> Handler {
    { [self] request in
      do throws(ArchiveRefusal) {
        return traced(try await answer(self, request), request)
      } catch {
        return traced(error.response(requestID: requestID(request)), request)
      }
    }
  }

  /// The id by which a request can be traced; empty where the incident has taken it.
  func requestID(_ request: ServerRequest) -> String { switches.requestIDLost.isOn ? "" : request.requestID }

  private func traced(_ response: ServerResponse, _ request: ServerRequest) -> ServerResponse {
    if switches.requestIDLost.isOn { return response }
    var response = response
    response.headers.append(("X-Request-Id", request.requestID))
    return response
  }

  /// Runs an API request behind the rate limit, and through what overload and a bad release do to it.
  private func underLimits(
    _ request: ServerRequest, _ body: @Sendable () async throws(ArchiveRefusal) -> ServerResponse
  ) async throws(ArchiveRefusal) -> ServerResponse {
    try checkRate(request)
    if switches.badRelease.isOn, failures.fraction() * 100 < switches.badRelease.parameter {
      throw .internalError("unexpected error")
    }
    let count = underWay.withLock { count in
      count += 1
      return count
    }
    defer { underWay.withLock { $0 -= 1 } }
    if switches.overload.isOn {
      if count > Self.overloadedAt { throw ArchiveRefusal(503, "SERVICE_UNAVAILABLE", "too many requests under way") }
      await pause(switches.overload.parameter * Double(1 + count / 4), request)
    }
    return try await body()
  }

  /// Requests under way from which on an overloaded server turns further ones away.
  private static let overloadedAt = 200

  func pause(_ milliseconds: Double, _ request: ServerRequest) async {
    // Only a cancelled task is woken early, and then the answer matters no more.
    try? await request.loop.sleep(for: .milliseconds(milliseconds))
  }

  // MARK: - The byte guard

  /// Asked once the head is there: before credentials, and before a byte of the body.
  private var bodyLimits: RouteLimits {
    RouteLimits(
      maxBodyBytes: { [self] _ in
        switches.payloadGuardOff.isOn || switches.guardAfterRead.isOn ? .max : settings.maxBodyBytes.value
      },
      refuse: { [self] request, excess in
        let received: JSONField =
          if let length = excess.contentLength {
            JSONField("content_length", .integer(Int64(clamping: length)))
          } else {
            JSONField("request_body_bytes", .integer(excess.receivedBytes))
          }
        return traced(tooLarge(excess.maxBytes, received).response(requestID: requestID(request)), request)
      })
  }

  /// Refuses, as `archive.guard-after-read` does it, what the guard should have refused.
  func checkBodyAfterRead(_ request: ServerRequest) throws(ArchiveRefusal) {
    guard switches.guardAfterRead.isOn, !switches.payloadGuardOff.isOn,
      request.body.count > settings.maxBodyBytes.value
    else { return }
    // The parse that comes first, and holds up every other request of this loop.
    _ = try? request.json()
    let mebibytes = Double(request.body.count) / 1_048_576
    Self.block(nanoseconds: Int(switches.guardAfterRead.parameter * mebibytes * 1_000_000))
    throw tooLarge(
      settings.maxBodyBytes.value, JSONField("request_body_bytes", .integer(request.body.count)))
  }

  private static func block(nanoseconds: Int) {
    var rest = timespec(tv_sec: nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
    var left = timespec()
    while nanosleep(&rest, &left) != 0, errno == EINTR { rest = left }
  }

  private func tooLarge(_ limit: Int, _ received: JSONField) -> ArchiveRefusal {
    tally.withLock { $0.oversizedBodies += 1 }
    return ArchiveRefusal(
      413, "PAYLOAD_TOO_LARGE", "the body is larger than \(limit) bytes",
      details: .object([JSONField("max_request_body_bytes", .integer(limit)), received]))
  }
}
