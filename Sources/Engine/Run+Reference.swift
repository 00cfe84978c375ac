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

  private func controlled(_ method: String, _ path: String, json: JSONValue? = nil) async -> PlainAnswer {
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

  /// What the reference server itself measured; `nil` where it does not tell.
  func serverLog() async -> JSONValue? {
    let answer = await controlled("GET", "/log")
    return answer.status == 200 ? answer.json : nil
  }

  /// Reads the target's own list of what it granted, page by page.
  func read(_ ledger: Invariant.Ledger, values: [[UInt8]]) async -> LedgerRecord {
    var keys: [String] = []
    var page = ledger.page?.first ?? 0
    var lastPage: [String] = []
    while true {
      var query: [QueryTemplate] = []
      if let paging = ledger.page {
        query.append(QueryTemplate(name: paging.parameter, value: Template(literal: String(page))))
        if let parameter = paging.sizeParameter, let size = paging.size {
          query.append(QueryTemplate(name: parameter, value: Template(literal: String(size))))
        }
      }
      let answer = await fetch("GET", ledger.path, headers: ledger.headers, query: query, values: values)
      guard answer.status == 200 else { return LedgerRecord(keys: [], failure: answer.complaint) }
      guard let rows = answer.json.flatMap({ ledger.rows.first(in: $0) })?.array else {
        return LedgerRecord(keys: [], failure: "the answer has no list at \(ledger.rows): \(answer.complaint)")
      }
      var onPage: [String] = []
      for (index, row) in rows.enumerated() {
        guard let key = ledger.key.first(in: row) else {
          return LedgerRecord(keys: [], failure: "row \(keys.count + index + 1) has nothing at \(ledger.key)")
        }
        onPage.append(key.string ?? key.text())
      }
      keys += onPage
      // A page with nothing on it is the end, whatever size a page has.
      guard let paging = ledger.page, !rows.isEmpty else { return LedgerRecord(keys: keys) }
      if onPage == lastPage {
        return LedgerRecord(
          keys: [],
          failure: "page \(page) is the same as the one before: the target pays no heed to '\(paging.parameter)'")
      }
      lastPage = onPage
      page += 1
    }
  }
}

extension Invariant.Rule {
  /// The ledger that the rule holds its counts against.
  var ledger: Invariant.Ledger? {
    switch self {
    case .capped(let capped): capped.ledger
    case .atMost(_, _, _, let ledger): ledger
    }
  }
}
