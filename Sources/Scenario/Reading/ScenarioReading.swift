import JSON
import Load

extension Reading {
  /// The scenario that a tree describes, profiles and overrides already laid over it. What it returns is worth nothing
  /// where an error was reported.
  func scenario(_ root: JSONNode) -> Scenario? {
    guard let fields = fields(root, .file) else { return nil }
    var scenario = Scenario(source: source, name: "")
    if let name = require("name", in: fields).flatMap({ scenarioName($0) }) { scenario.name = name }
    if let node = fields["$schema"] { _ = string(node, "the path or URL of the schema") }
    if let node = fields["summary"] { scenario.summary = string(node) ?? "" }
    if let node = fields["target"], let target = target(node) { scenario.target = target }
    scenario.seed = fields["seed"].flatMap { seed($0) }
    if let node = fields["data"] { readData(node) }
    scenario.data = data

    if let node = fields["client"] { scenario.client = client(node) }
    let headerUses = takeUses()
    let setUp = fields["set_up"].map { steps($0) } ?? []
    let groups = require("traffic", in: fields).map { traffic($0) } ?? []
    let tearDown = fields["tear_down"].map { steps($0) } ?? []
    var flow = Flow(setUp: setUp, groups: groups, tearDown: tearDown)
    checkNames(flow)
    checkVariables(&flow)
    distributeHeaders(of: &scenario.client, headerUses, over: &flow)
    scenario.setUp = flow.setUp.map(\.step)
    scenario.tearDown = flow.tearDown.map(\.step)
    scenario.traffic = flow.groups.map { reading in
      var group = reading.group
      group.steps = reading.steps.map(\.step)
      return group
    }

    let index = flow.index
    if let node = fields["invariants"] {
      scenario.invariants = invariants(node, index, setUp: flow.afterSetUp)
      addHeaders(of: flow, to: &scenario.invariants)
    }
    scenario.thresholds = thresholds(
      fields["thresholds"], index, groups: scenario.traffic,
      name: fields.member("thresholds")?.keyRange
        ?? fields.member("name")?.keyRange ?? opening(of: root))
    if let node = fields["verdict"], let rule: VerdictRule = word(node, "rule for verdicts") { scenario.verdict = rule }
    if let node = fields["self_check"] { scenario.selfCheck = selfCheck(node) }
    if let node = fields["warm_up"] {
      scenario.warmUp = duration(node, "'warm_up'")
      checkWarmUp(scenario, at: node.range)
    }
    if let time = duration(fields, "finish_within", in: 1...Limits.duration) { scenario.finishWithin = time }
    scenario.incidents = fields["incidents"].map { incidents($0) } ?? []
    scenario.reference = fields["reference"].map { reference($0) }
    // With errors, parts are missing or stand for others: demand would be guessed.
    if errorCount == 0 {
      checkLinks(flow)
      checkEncodings(flow, scenario.client)
      checkRendezvous(flow)
      checkDemand(scenario)
    }
    for diagnostic in HistoryNeeds.of(scenario).diagnostics {
      error(diagnostic.message, at: diagnostic.range, hint: diagnostic.hint)
    }
    for (path, value) in options.overrides {
      secrets.formUnion(MaskedOverride.secrets(path: path, value: value).flatMap(SecretForms.of))
    }
    if let proxy = scenario.client.proxy { secrets.formUnion(SecretForms.ofPassword(in: proxy)) }
    scenario.secrets = secrets.sorted()
    return scenario
  }

  /// Names become parts of file names: letters, digits, `-`, `_` and `.`.
  private func scenarioName(_ node: JSONNode) -> String? {
    guard let name = plainText(node, "the name of the scenario") else { return nil }
    let isValid =
      name.utf8.count <= Limits.nameLength && name.first != "." && name.first != "-"
      && name.unicodeScalars.allSatisfy { scalar in
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "-_.".unicodeScalars.contains(scalar)
      }
    if isValid { return name }
    error(
      "'\(name)' cannot be the name of a scenario", at: node.range,
      hint:
        "a name has letters, digits, '-', '_' and '.', since reports are filed under it; put the rest into 'summary'")
    return nil
  }

  private func seed(_ node: JSONNode) -> UInt64? {
    switch node.value {
    case .integer(let value) where value >= 0: return UInt64(value)
    case .string(let text):
      if let value = UInt64(text) { return value }
    default: break
    }
    mismatch(node, "a whole number from 0", hint: "numbers beyond 9223372036854775807 stand in quotes")
    return nil
  }

  private func incidents(_ node: JSONNode) -> [String] {
    guard let elements = list(node, "a list of incidents") else { return [] }
    var names: [String] = []
    for element in limited(elements, to: Limits.incidents, "incidents", at: { $0.range }) {
      guard let name = plainText(element, "the name of an incident") else { continue }
      if names.contains(name) {
        error("the incident '\(name)' is there twice", at: element.range)
      } else {
        names.append(name)
      }
    }
    return names
  }

  private func reference(_ node: JSONNode) -> ReferenceState {
    var state = ReferenceState()
    guard let fields = fields(node, .reference) else { return state }
    state.clock = fields["clock"].flatMap { plainText($0, "an instant such as '2026-02-28T23:59:55+09:00'") }
    let settings = fields["settings"].flatMap { named($0, "an object of settings") } ?? []
    for member in limited(settings, to: Limits.members, "settings", at: { $0.keyRange }) {
      switch member.value.value {
      case .array, .object, .null: mismatch(member.value, "a number, a text, true or false")
      default: state.settings.append(JSONField(member.key, member.value.plain))
      }
    }
    return state
  }

  private func checkWarmUp(_ scenario: Scenario, at range: SourceRange) {
    guard let warmUp = scenario.warmUp else { return }
    let ends = scenario.traffic.map { group in group.load.nanoseconds.map { $0 + group.startAfter } }
    guard let last = ends.compactMap(\.self).max(), !ends.contains(nil), warmUp >= last else { return }
    error(
      "'warm_up' takes all of the \(words(nanoseconds: last)) that the traffic lasts, and nothing is left to measure",
      at: range)
  }
}
