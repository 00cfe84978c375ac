import EventLoop
import HTTPClient
import JSON
import Measurement
import Scenario

/// An answer to a request that belongs to the run's own business, not to its load.
struct PlainAnswer {
  var status: Int
  var body: [UInt8]
  /// Why there is no answer.
  var failure: String?

  var json: JSONValue? { try? JSONValue(parsing: body) }

  /// What to say where the answer is not the one that was needed.
  var complaint: String {
    if let failure { return failure }
    let text = String(decoding: body.prefix(200), as: UTF8.self)
    return "status \(status): \(text)"
  }
}

extension Run {
  /// Sends one request and takes the answer whole.
  func fetch(
    _ method: String, _ path: Template, headers: [HeaderTemplate] = [], query: [QueryTemplate] = [],
    json: JSONValue? = nil, values: [[UInt8]]? = nil
  ) async -> PlainAnswer {
    var step = Step(name: "request", method: method, path: path, range: SourceRange(0, 0))
    step.headers = headers
    step.query = query
    if let json { step.body = .json(.constant(json)) }
    step.outcomes = [
      Outcome(
        name: "any",
        matchers: [Matcher(subject: .bytes, predicate: .exists(true), range: SourceRange(0, 0))],
        range: SourceRange(0, 0))
    ]
    let group: CompiledGroup
    do {
      var client = plan.scenario.client
      client.maxBodyBytes = 1 << 30
      let compiled = try CompiledStep(
        step, group: "", ordinal: 0, firstSeries: 0, isRecorded: false, sequence: nil, client: client,
        target: plan.target, pathPrefix: plan.pathPrefix, variables: plan.variables)
      group = CompiledGroup("", steps: [compiled])
    } catch {
      return PlainAnswer(status: 0, body: [], failure: "\(error)")
    }
    return await onWorker { worker in
      let user = VirtualUser(worker: worker, group: group, index: 0, values: values ?? worker.initialValues)
      let exchange = await user.fetch(group.steps[0])
      user.connection.close()
      return PlainAnswer(
        status: exchange.status, body: exchange.body,
        failure: exchange.failure.map { "\($0.rawValue): \(exchange.detail)" })
    }
  }

  /// Asks the reference server's control interface.
  func controlled(_ method: String, _ path: String, json: JSONValue? = nil) async -> PlainAnswer {
    let token = options.controlToken ?? ""
    return await fetch(
      method, Template(literal: "/_control" + path),
      headers: [HeaderTemplate(name: "Authorization", value: Template(literal: "Bearer " + token))], json: json)
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
