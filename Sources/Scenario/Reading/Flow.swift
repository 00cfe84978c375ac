import JSON
import Load

/// All steps of a scenario in the order in which they happen, with what is known at each.
struct Flow {
  var setUp: [StepReading]
  var groups: [GroupReading]
  var tearDown: [StepReading]
  var setUpScopes: [VariableScope] = []
  var tearDownScopes: [VariableScope] = []
  var afterSetUp = VariableScope()
  /// Headers of the client that have variables.
  var headers: [HeaderTemplate] = []

  init(setUp: [StepReading], groups: [GroupReading], tearDown: [StepReading]) {
    self.setUp = setUp
    self.groups = groups
    self.tearDown = tearDown
  }

  var index: StepIndex {
    var index = StepIndex()
    for group in groups {
      for (reading, scope) in zip(group.steps, group.scopes) where index.measured[reading.step.name] == nil {
        index.names.append(reading.step.name)
        index.measured[reading.step.name] = MeasuredStep(group: group.group.name, step: reading.step, scope: scope)
      }
    }
    index.once = Set((setUp + tearDown).map(\.step.name)).subtracting(index.names)
    return index
  }
}

extension Reading {
  func checkNames(_ flow: Flow) {
    var seen: Set<String> = []
    for reading in flow.setUp + flow.groups.flatMap(\.steps) + flow.tearDown where !reading.step.name.isEmpty {
      if !seen.insert(reading.step.name).inserted {
        error(
          "two steps are named '\(reading.step.name)'", at: reading.nameRange,
          hint: "figures are told apart by the steps' names: give one another 'name'")
      }
    }
  }

  func checkVariables(_ flow: inout Flow) {
    var captures: [String: String] = [:]
    checkCaptures(flow)
    for group in flow.groups {
      for name in group.steps.flatMap(\.captured) {
        captures[name] = "it is captured in the traffic group '\(group.group.name)'"
      }
    }
    for name in flow.tearDown.flatMap(\.captured) where captures[name] == nil {
      captures[name] = "it is captured in the tear-down"
    }
    var once = VariableScope(reasons: captures)
    for name in dataNames { once.reasons[name] = "data is drawn by the iterations of traffic" }
    flow.setUpScopes = checkVariables(of: flow.setUp, from: once)
    once.captured = Set(flow.setUp.flatMap(\.captured))
    flow.afterSetUp = once
    for index in flow.groups.indices {
      let start = VariableScope(captured: once.captured, drawn: dataNames, reasons: captures)
      flow.groups[index].scopes = checkVariables(of: flow.groups[index].steps, from: start)
    }
    flow.tearDownScopes = checkVariables(of: flow.tearDown, from: once)
  }

  /// Each virtual user keeps a value for every captured variable.
  private func checkCaptures(_ flow: Flow) {
    var names: Set<String> = []
    for reading in flow.setUp + flow.groups.flatMap(\.steps) + flow.tearDown {
      names.formUnion(reading.captured)
      guard names.count > Limits.captures else { continue }
      return error(
        "more than \(grouped(Limits.captures)) variables are captured, which is the most a scenario may have",
        at: reading.nameRange, hint: "this step captures the first too many")
    }
  }

  // MARK: - Headers of the client

  /// Puts the client's headers that have variables into the steps that know them and do not set the header themselves.
  func distributeHeaders(of client: inout ClientOptions, _ uses: [VariableUse], over flow: inout Flow) {
    flow.headers = client.headers.filter { !$0.value.variables.isEmpty }
    client.headers.removeAll { !$0.value.variables.isEmpty }
    guard !flow.headers.isEmpty else { return }
    flow.setUp.add(flow.headers, flow.setUpScopes)
    for index in flow.groups.indices { flow.groups[index].steps.add(flow.headers, flow.groups[index].scopes) }
    flow.tearDown.add(flow.headers, flow.tearDownScopes)
    var all = flow.afterSetUp
    (flow.setUpScopes + flow.groups.flatMap(\.scopes) + flow.tearDownScopes).forEach { all.unite($0) }
    check(uses, in: all)
  }

  func addHeaders(of flow: Flow, to invariants: inout [Invariant]) {
    for index in invariants.indices {
      invariants[index].rule.updateLedgers { ledger in
        ledger.updateHeaders { $0.add(flow.headers, flow.afterSetUp) }
      }
    }
  }

  // MARK: - Rendezvous

  /// Reports steps at which too few users can ever meet.
  func checkRendezvous(_ flow: Flow) {
    for reading in flow.setUp + flow.tearDown {
      if let range = reading.rendezvousRange {
        error("'rendezvous' has no meaning here: one user does these steps", at: range)
      }
    }
    for group in flow.groups {
      let load = group.group.load
      for reading in group.steps {
        guard let wanted = reading.step.rendezvous?.users, let range = reading.rendezvousRange else { continue }
        if load.maxUsers < wanted {
          error(
            "\(grouped(wanted)) users never meet: '\(group.group.name)' has at most \(grouped(load.maxUsers)) at once",
            at: range)
        } else if let iterations = load.iterations, iterations < UInt64(wanted) {
          error(
            "\(grouped(wanted)) users never meet: '\(group.group.name)' does only \(grouped(Int(iterations))) iterations",
            at: range)
        }
      }
    }
  }
}

extension [StepReading] {
  fileprivate mutating func add(_ headers: [HeaderTemplate], _ scopes: [VariableScope]) {
    for index in indices { self[index].step.headers.add(headers, scopes[index]) }
  }
}

extension [HeaderTemplate] {
  /// Adds the headers that are not there yet and whose variables are all known.
  fileprivate mutating func add(_ headers: [HeaderTemplate], _ scope: VariableScope) {
    for header in headers where header.value.variables.allSatisfy(scope.defines) {
      if !contains(where: { $0.name.lowercased() == header.name.lowercased() }) { append(header) }
    }
  }
}
