import EventLoop
import HTTPClient
import HTTPMessage
import JSON
import Measurement
import Scenario

/// An answer to a request that belongs to the run's own business, not to its load.
struct PlainAnswer {
  var status: Int
  var body: [UInt8]
  /// Why there is no answer.
  var failure: String?
  var headers = HTTPHeaders()
  /// More came than was kept.
  var isCut = false
  /// What was asked.
  var url: HTTPURL?

  var json: JSONValue? { try? JSONValue(parsing: body) }

  /// What to say where the answer is not the one that was needed.
  var complaint: String {
    if let failure { return failure }
    let text = String(decoding: body.prefix(200), as: UTF8.self)
    return "status \(status): \(text)"
  }
}

/// What one of the run's own requests needs besides its path.
struct PlainRequest {
  var method = "GET"
  var path: Template
  var headers: [HeaderTemplate] = []
  var query: [QueryTemplate] = []
  var json: JSONValue?
  /// What set-up captured; `nil` before it.
  var values: [[UInt8]]?
  /// Nanoseconds; `nil` for the client's.
  var timeout: UInt64?
  var mostBytes = 1 << 30
  /// Kept open for the next request, by its owner on the first worker's loop.
  var connection: UserConnection?
}

extension Run {
  /// Sends one request and takes the answer whole. What the run has no more time for is not sent.
  func fetch(_ request: PlainRequest) async -> PlainAnswer {
    let now = EventLoop.now()
    guard cutoff > now else { return PlainAnswer(status: 0, body: [], failure: "the run had to end") }
    var step = Step(name: "request", method: request.method, path: request.path, range: SourceRange(0, 0))
    step.headers = request.headers
    step.query = request.query
    if let json = request.json { step.body = .json(.constant(json)) }
    step.timeout = min(request.timeout ?? plan.scenario.client.requestTimeout, cutoff - now)
    step.outcomes = [
      Outcome(
        name: "any",
        matchers: [Matcher(subject: .bytes, predicate: .exists(true), range: SourceRange(0, 0))],
        range: SourceRange(0, 0))
    ]
    let group: CompiledGroup
    do {
      let compiled = try CompiledStep(
        step, group: "", ordinal: 0, firstSeries: 0, isRecorded: false, sequence: nil, client: plan.scenario.client,
        target: plan.target, pathPrefix: plan.pathPrefix, variables: plan.variables)
      group = CompiledGroup("", steps: [compiled])
    } catch {
      return PlainAnswer(status: 0, body: [], failure: "\(error)")
    }
    let box = UncheckedBox(request)
    return await onWorker { worker in
      let request = box.value
      let user = VirtualUser(
        worker: worker, group: group, index: 0, values: request.values ?? worker.initialValues,
        connection: request.connection)
      let step = group.steps[0]
      var exchange = await user.fetch(step, mostBytes: request.mostBytes)
      // The target may have closed meanwhile what was kept open: it is asked once more.
      if exchange.failure != nil, exchange.failure != .cancelled, exchange.failure != .timeout,
        !exchange.openedConnection, request.connection != nil
      {
        exchange = await user.fetch(step, mostBytes: request.mostBytes)
      }
      user.connection.companion = nil
      if request.connection == nil { user.connection.close() }
      let target = String(decoding: exchange.head.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: " ")
      return PlainAnswer(
        status: exchange.status, body: exchange.body,
        failure: exchange.failure.map { "\($0.rawValue): \(exchange.detail)" },
        headers: exchange.status == 0 ? HTTPHeaders() : exchange.headers, isCut: exchange.bodyTruncated,
        url: target.count > 1 ? try? HTTPURL(step.request.endpoint.description + target[1]) : nil)
    }
  }

  /// Asks the reference server's control interface.
  func controlled(_ method: String, _ path: String, json: JSONValue? = nil) async -> PlainAnswer {
    let token = options.controlToken ?? ""
    return await fetch(
      PlainRequest(
        method: method, path: Template(literal: "/_control" + path),
        headers: [HeaderTemplate(name: "Authorization", value: Template(literal: "Bearer " + token))], json: json))
  }

  /// Puts the reference server into its first state, with the incidents that this run asks for.
  ///
  /// - Returns: what went wrong.
  func prepareReferenceServer() async -> String? {
    let reset = await controlled("POST", "/reset")
    if reset.status != 200 && reset.status != 204 {
      if reset.status == 401 || reset.status == 403 {
        return "the target did not accept the control token: give the one that 'stampede serve' printed"
      }
      return "the control interface did not reset the target: \(reset.complaint)"
    }
    if let failure = await setReferenceState() { return failure }
    for incident in options.identity.incidents {
      let parts = incident.split(separator: "=", maxSplits: 1)
      var body: JSONValue = [:]
      if parts.count == 2, let parameter = Double(parts[1]) { body = ["parameter": .number(parameter)] }
      let answer = await controlled("PUT", "/incidents/" + parts[0], json: body)
      if answer.status != 200 && answer.status != 204 {
        return "the incident '\(incident)' was not switched on: \(answer.complaint)"
      }
    }
    return nil
  }

  private func setReferenceState() async -> String? {
    guard let state = plan.scenario.reference else { return nil }
    if !state.settings.isEmpty {
      let answer = await controlled("PUT", "/settings", json: .object(state.settings))
      if answer.status != 200 { return "the scenario's 'reference' settings were refused: \(answer.complaint)" }
      // Tables are laid out by the settings.
      let reset = await controlled("POST", "/reset", json: ["keep_settings": true])
      if reset.status != 200 && reset.status != 204 {
        return "the control interface did not reset the target: \(reset.complaint)"
      }
    }
    if let clock = state.clock {
      let answer = await controlled("PUT", "/clock", json: ["now": .string(clock)])
      if answer.status != 200 { return "the scenario's 'reference' clock was refused: \(answer.complaint)" }
    }
    return nil
  }

  /// What the reference server itself measured; `nil` where it does not tell.
  func serverLog() async -> JSONValue? {
    let answer = await controlled("GET", "/log")
    return answer.status == 200 ? answer.json : nil
  }
}
