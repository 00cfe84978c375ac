import Load

/// How much a scenario's load asks for at the most, as far as the file tells.
///
/// Numbers are upper bounds of a run in which nothing goes wrong; `nil` where only the target decides, as in a loop of
/// users without pauses.
package struct Demand {
  package let scenario: Scenario
  /// By the group's name. Found once: it is asked for with each step, of which there may be thousands.
  private let sourcesOfGroup: [String: [DataSource]]
  private let shortestCycles: [String: UInt64]

  /// - Complexity: O(the scenario's length).
  package init(_ scenario: Scenario) {
    self.scenario = scenario
    let keysOfStep = HistoryNeeds.of(scenario).needs.keysOfStep
    var sourcesOfGroup: [String: [DataSource]] = [:]
    var shortestCycles: [String: UInt64] = [:]
    for group in scenario.traffic {
      sourcesOfGroup[group.name] = Self.sources(of: group, scenario, keysOfStep)
      shortestCycles[group.name] = Self.leastCycle(of: group)
    }
    (self.sourcesOfGroup, self.shortestCycles) = (sourcesOfGroup, shortestCycles)
  }

  /// The most iterations that a group's load asks for, be there data for them or not.
  package func askedFor(by group: TrafficGroup) -> Double? { asked(by: group, from: 0) }

  /// The most iterations of a group in the whole run.
  package func iterations(of group: TrafficGroup) -> Double? { iterations(of: group, from: 0) }

  /// The most requests of a step of the group.
  package func requests(of step: Step, in group: TrafficGroup) -> Double? {
    iterations(of: group).map { $0 * Double(step.repeatCount) }
  }

  /// The most of them that are in figures: wanted after the warm-up.
  package func measuredRequests(of step: Step, in group: TrafficGroup) -> Double? {
    let warmUp = scenario.warmUp ?? 0
    // What comes after the first step is wanted when that has ended, perhaps after the warm-up.
    let isFirst = group.steps.first?.name == step.name
    let start = isFirst && warmUp > group.startAfter ? warmUp - group.startAfter : 0
    return iterations(of: group, from: start).map { $0 * Double(step.repeatCount) }
  }

  /// The most iterations that are in figures.
  package func measuredIterations(of group: TrafficGroup) -> Double? {
    let warmUp = scenario.warmUp ?? 0
    return iterations(of: group, from: warmUp > group.startAfter ? warmUp - group.startAfter : 0)
  }

  /// Data that each iteration of the group draws a row of.
  package func sources(of group: TrafficGroup) -> [DataSource] { sourcesOfGroup[group.name] ?? [] }

  private static func sources(
    of group: TrafficGroup, _ scenario: Scenario, _ keysOfStep: [String: Set<String>]
  ) -> [DataSource] {
    let variables = group.steps.reduce(into: Set<String>()) {
      $0.formUnion($1.variables)
      $0.formUnion(keysOfStep[$1.name] ?? [])
    }
    return scenario.data.filter { source in
      variables.contains { $0 == source.name || $0.hasPrefix(source.name + ".") }
    }
  }

  /// The shortest time from one iteration of a user of the group to his next, nanoseconds, if the target took none.
  package func leastCycle(of group: TrafficGroup) -> UInt64 { shortestCycles[group.name] ?? 0 }

  private static func leastCycle(of group: TrafficGroup) -> UInt64 {
    let pauses = group.steps.reduce(UInt64(0)) { sum, step in
      guard step.ifPresent == nil, let pause = step.thinkTime?.least else { return sum }
      return sum &+ pause &* UInt64(step.repeatCount)
    }
    return max(group.pacing ?? 0, pauses &+ (group.thinkTime?.least ?? 0))
  }

  /// - Parameter start: Nanoseconds since the group's start before which none count.
  private func iterations(of group: TrafficGroup, from start: UInt64) -> Double? {
    var most = asked(by: group, from: start)
    for source in sources(of: group) where source.order == .unique {
      if let draws = source.draws { most = min(most ?? .infinity, draws) }
    }
    return most
  }

  private func asked(by group: TrafficGroup, from start: UInt64) -> Double? {
    switch group.load {
    case .closed(let profile):
      let cycle = leastCycle(of: group)
      guard cycle > 0 else { return nil }
      let rounds = (profile.area - profile.area(upTo: start)) / (Double(cycle) / 1e9)
      // Each user begins once besides, in each stage.
      return (rounds + profile.peak.rounded(.up) * Double(profile.segments.count)).rounded(.down)
    case .open(let profile, _, let isPoisson):
      let area = max(0, profile.area - profile.area(upTo: start))
      // Rounded so that a product of decimals is no more than it is on paper.
      return (area - 1e-6 + (isPoisson ? 4 * area.squareRoot() : 0)).rounded(.up)
    case .burst(let count, _): return start > 0 ? 0 : Double(count)
    case .countedPerUser(let users, let iterations): return Double(users) * Double(iterations)
    case .countedShared(_, let iterations): return Double(iterations)
    }
  }
}

extension DataSource {
  /// For how many iterations there are rows, if each row is used once; `nil` for data without end.
  package var draws: Double? { rowCount.map { Double($0) * Double(each) } }
}

extension Step {
  /// All texts of the step in which variables are filled in: those that are sent, and those that responses are held
  /// against.
  package var templates: [Template] {
    var all = [path] + query.flatMap { [$0.name, $0.value] } + headers.map(\.value)
    switch body {
    case .json(let json), .sizedJSON(let json, _, _), .batchJSON(let json, _): json.forEachTemplate { all.append($0) }
    case .text(let template): all.append(template)
    case .form(let pairs): all += pairs.flatMap { [$0.name, $0.value] }
    case .none, .bytes, .file: break
    }
    for matcher in outcomes.flatMap(\.matchers) { matcher.predicate.forEachTemplate { all.append($0) } }
    return all
  }

  /// The variables that the step needs, as often as it names them.
  package var variables: [String] { templates.flatMap(\.variables) + (ifPresent.map { [$0] } ?? []) }
}

extension Matcher.Predicate {
  fileprivate func forEachTemplate(_ body: (Template) -> Void) {
    switch self {
    case .equals(let json), .notEquals(let json), .greaterThan(let json), .greaterThanOrEqual(let json),
      .lessThan(let json), .lessThanOrEqual(let json), .contains(let json):
      json.forEachTemplate(body)
    case .startsWith(let template), .endsWith(let template): body(template)
    case .oneOf(let values): for value in values { value.forEachTemplate(body) }
    case .matches, .exists, .isString, .isNumber, .isBoolean, .isList, .isObject, .isUuid, .isIsoDate, .count,
      .statusClass:
      break
    }
  }
}
