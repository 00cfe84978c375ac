import EventLoop
import JSON

/// The control interface: what a test, a drill or the command line does to the server. Everything but `/metrics` needs
/// `Authorization: Bearer <control token>`, and so do the incidents there: whoever is to find one must not be told.
final class ControlService: Sendable {
  let context: ServerContext
  let systems: [any ReferenceSystem]
  let loops: LoopRegistry
  private let authorization: String

  init(context: ServerContext, systems: [any ReferenceSystem], loops: LoopRegistry, token: String) {
    self.context = context
    self.systems = systems
    self.loops = loops
    authorization = "Bearer " + token
  }

  func install(on router: inout Router) {
    guarded("POST", "/_control/reset", on: &router) { await self.reset($0) }
    guarded("GET", "/_control/incidents", on: &router) { _ in self.listIncidents() }
    guarded("DELETE", "/_control/incidents", on: &router) { _ in
      self.context.incidents.clearAll()
      return self.listIncidents()
    }
    guarded("GET", "/_control/incidents/{name}", on: &router) { self.incident($0) }
    guarded("PUT", "/_control/incidents/{name}", on: &router) { self.setIncident($0) }
    guarded("DELETE", "/_control/incidents/{name}", on: &router) { self.clearIncident($0) }
    guarded("GET", "/_control/clock", on: &router) { _ in self.clock() }
    guarded("PUT", "/_control/clock", on: &router) { self.setClock($0) }
    guarded("DELETE", "/_control/clock", on: &router) { _ in
      self.context.clock.reset()
      return self.clock()
    }
    guarded("GET", "/_control/settings", on: &router) { _ in self.listSettings() }
    guarded("PUT", "/_control/settings", on: &router) { self.setSettings($0) }
    guarded("GET", "/_control/truth/{system}", on: &router) { self.truth($0) }
    let served = router
    guarded("GET", "/_control/log", on: &router) { _ in await self.log(served) }
    router.on("GET", "/metrics") { await self.metrics(served, showsIncidents: self.isAuthorized($0)) }
  }

  private func guarded(_ method: String, _ pattern: String, on router: inout Router, _ handler: @escaping Handler) {
    router.on(method, pattern) { request in
      guard self.isAuthorized(request) else {
        var response = ServerResponse.error(
          401, "UNAUTHORIZED", "the control interface needs 'Authorization: Bearer <control token>'")
        response.headers = [("WWW-Authenticate", "Bearer")]
        return response
      }
      return await handler(request)
    }
  }

  private func isAuthorized(_ request: ServerRequest) -> Bool { request.header("authorization") == authorization }

  /// Brings the server back to its start: tables, pools, clock, settings, log; and incidents, but for those that the
  /// configuration names. `{"keep_incidents": true}` and `{"keep_settings": true}` leave those as they are.
  private func reset(_ request: ServerRequest) async -> ServerResponse {
    var kept: Set<String> = []
    let flags = ["keep_incidents", "keep_settings"]
    switch Self.object(request, flags) {
    case .failure(let refusal): return refusal.response
    case .success(let value):
      for name in flags {
        guard let given = value[name] else { continue }
        guard let flag = given.bool else { return Self.invalid("\(name) must be true or false") }
        if flag { kept.insert(name) }
      }
    }
    if !kept.contains("keep_incidents") { context.switchOnConfiguredIncidents() }
    if !kept.contains("keep_settings") { context.settings.resetAll() }
    context.clock.reset()
    for system in systems { system.reset() }
    for database in context.databases.all { database.reset() }
    await loops.resetLogs()
    return .json(200, ["reset": true])
  }

  private func truth(_ request: ServerRequest) -> ServerResponse {
    let name = request.parameters["system"]
    guard let system = systems.first(where: { type(of: $0).name == name }) else {
      let known = systems.map { type(of: $0).name }
      return Self.unknown("system", name, among: known)
    }
    return .json(200, system.truth())
  }

  // MARK: - Answers

  struct RefusedBody: Error {
    var response: ServerResponse
  }

  /// The body as an object with no other members than `allowed`; an empty body is an empty object.
  static func object(_ request: ServerRequest, _ allowed: [String]?) -> Result<JSONValue, RefusedBody> {
    if request.body.isEmpty { return .success(.object([])) }
    let value: JSONValue
    do {
      value = try request.json()
    } catch {
      return .failure(RefusedBody(response: invalid("\(error)")))
    }
    guard case .object(let fields) = value else {
      return .failure(RefusedBody(response: invalid("the body must be an object")))
    }
    if let allowed, let stranger = fields.first(where: { !allowed.contains($0.key) }) {
      let expected = allowed.joined(separator: ", ")
      return .failure(RefusedBody(response: invalid("'\(stranger.key)' is not known here; known are \(expected)")))
    }
    return .success(value)
  }

  static func invalid(_ message: String) -> ServerResponse { .error(400, "VALIDATION_ERROR", message) }

  static func unknown(_ kind: String, _ name: String, among known: [String]) -> ServerResponse {
    let suggestions = Suggestions.nearest(to: name, in: known)
    var message = "no \(kind) is named '\(name)'"
    if let first = suggestions.first { message += "; did you mean '\(first)'?" }
    return .json(
      404,
      [
        "error": ["code": .string("UNKNOWN_" + kind.uppercased()), "message": .string(message)],
        "suggestions": .array(suggestions.map { .string($0) }),
      ])
  }
}
