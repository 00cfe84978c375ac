import HTTPClient
import JSON
import Load
import Measurement
import Scenario

/// A scenario made ready to run: names are numbers, templates are pieces, rows of the recorder are laid out. Shared by
/// all workers and never changed.
struct Plan: Sendable {
  let scenario: Scenario
  let seed: UInt64
  let workers: Int
  let target: HTTPEndpoint
  /// Path of the target, which the steps' paths continue; empty or without a slash at its end.
  let pathPrefix: String
  let pools: [DataPool]
  let groups: [CompiledGroup]
  let setUp: CompiledGroup?
  let tearDown: CompiledGroup?
  let variables: VariableTable
  let needs: HistoryNeeds
  /// Texts of an operation's keys, in the order of `needs`.
  let keyTexts: [FragmentList]
  let seriesCount: Int
  let mask: SecretMask
  /// The variables that are sent as credentials, and data under secret names.
  let credentials: [Fragment]
  #if DEBUG
    /// A mistake to make.
    var mutant: Mutant?
  #endif

  init(_ scenario: Scenario, target url: String, seed: UInt64, workers: Int) throws(PlanError) {
    self.scenario = scenario
    self.seed = seed
    self.workers = workers
    let base: HTTPURL
    do {
      base = try HTTPURL(url)
    } catch {
      throw PlanError("target '\(url)': \(error)")
    }
    target = base.endpoint
    // A target may have a path, which all steps' paths continue.
    pathPrefix = base.target.hasSuffix("/") ? String(base.target.dropLast()) : base.target
    mask = SecretMask(scenario).hiding(
      DirectProxy.credentials(of: scenario.client).map { [Array($0.utf8)] } ?? [])
    let variables = VariableTable(scenario)
    self.variables = variables
    credentials =
      SecretMask.credentials(scenario).compactMap { variables.slots[$0] }.map { .slot($0, .none) }
      + (scenario.hidesData ? variables.secretData : [])
    let needs = HistoryNeeds.of(scenario).needs
    self.needs = needs
    let keyTexts = needs.keys.map { (name) -> FragmentList in
      if let text = needs.texts[name] { return variables.compile(text, .none) }
      var list = FragmentList()
      if let fragment = variables.fragment(for: name, .none) { list.append(fragment) }
      return list
    }
    self.keyTexts = keyTexts

    let endpoint = target
    let prefix = pathPrefix
    var ordinal = 0
    var series = 0
    func compile(
      _ steps: [Step], group: String, connections: ClientOptions.ConnectionPolicy = .perUser
    ) throws(PlanError) -> [CompiledStep] {
      var client = scenario.client
      client.connections = connections
      var compiled: [CompiledStep] = []
      for step in steps {
        let ready = try CompiledStep(
          step, group: group, ordinal: ordinal, firstSeries: series, isRecorded: needs.steps.contains(step.name),
          sequence: needs.sequences[step.name], client: client, target: endpoint, pathPrefix: prefix,
          variables: variables)
        ordinal += 1
        series += ready.outcomeCount
        compiled.append(ready)
      }
      return compiled
    }
    var groups: [CompiledGroup] = []
    for group in scenario.traffic {
      let connections = group.connections ?? scenario.client.connections
      let steps = try compile(group.steps, group: group.name, connections: connections)
      groups.append(
        CompiledGroup(
          group, index: groups.count, steps: steps, connections: connections,
          keys: group.steps.flatMap { needs.columns(of: $0.name) }.map { keyTexts[$0] }))
    }
    self.groups = groups
    pools = scenario.data.indices.map { source in
      DataPool(scenario.data[source], isShared: groups.count { $0.sources.contains(source) } > 1)
    }
    seriesCount = series
    setUp = scenario.setUp.isEmpty ? nil : CompiledGroup("set_up", steps: try compile(scenario.setUp, group: "set_up"))
    tearDown =
      scenario.tearDown.isEmpty
      ? nil : CompiledGroup("tear_down", steps: try compile(scenario.tearDown, group: "tear_down"))
  }

  /// The step and the outcome's number that a row of the recorder stands for.
  func series(_ row: Int) -> (step: CompiledStep, outcome: Int) {
    for group in groups {
      for step in group.steps where row < step.firstSeries + step.outcomeCount {
        return (step, row - step.firstSeries)
      }
    }
    preconditionFailure("no such series: \(row)")
  }

  /// From the run's start to the end of the last shape; `nil` where a count ends one of them.
  var expectedNanoseconds: UInt64? {
    var longest: UInt64 = 0
    for group in groups {
      guard let nanoseconds = group.load.nanoseconds else { return nil }
      longest = max(longest, nanoseconds + group.startAfter)
    }
    return longest
  }

  /// Iterations that all shapes call for; `nil` where time ends one of them.
  var expectedIterations: UInt64? {
    var total: UInt64 = 0
    for group in groups {
      guard let iterations = group.load.iterations else { return nil }
      total += iterations
    }
    return total
  }

  /// A threshold on latency may end the run, and so has to know of requests that are not answered.
  var watchesAges: Bool { scenario.thresholds.contains { $0.abortOnFail && $0.metric.metric == .latency } }

  /// Virtual users at the most, over all groups: each may hold a connection.
  var peakUsers: Int { groups.reduce(0) { $0 + $1.load.maxUsers } }
}

/// A traffic group with its steps compiled.
final class CompiledGroup: Sendable {
  let name: String
  let index: Int
  let load: LoadShape
  /// Iterations start at instants that the load sets one by one.
  let isScheduled: Bool
  /// The load says when each iteration is wanted, and not the users: arrivals on a schedule, and bursts.
  let hasInstants: Bool
  let startAfter: UInt64
  let steps: [CompiledStep]
  let thinkTime: DurationRange?
  let pacing: UInt64?
  let policy: ConnectionPolicy
  /// Indices of the data sources that the group's iterations draw from.
  let sources: [Int]
  /// By step: how many before it have a rendezvous.
  let gates: [Int]
  /// Slots that the group's own answers fill, anew in each iteration.
  let capturedSlots: [Int]

  init(
    _ group: TrafficGroup, index: Int, steps: [CompiledStep], connections: ClientOptions.ConnectionPolicy,
    keys: [FragmentList]
  ) {
    name = group.name
    self.index = index
    load = group.load
    isScheduled = if case .open = group.load { true } else { false }
    hasInstants = if case .burst = group.load { true } else { isScheduled }
    startAfter = group.startAfter
    self.steps = steps
    thinkTime = group.thinkTime
    pacing = group.pacing
    policy =
      switch connections {
      case .perUser: .perUser
      case .pooled: .pooled
      case .fresh: .fresh
      }
    var sources = steps.reduce(into: Set<Int>()) { $0.formUnion($1.dataSources) }
    sources.formUnion(keys.flatMap(\.fragments).compactMap(\.dataSource))
    self.sources = sources.sorted()
    capturedSlots = Self.capturedSlots(of: steps)
    gates = steps.indices.map { index in steps[..<index].count { $0.rendezvous != nil } }
  }

  /// Steps that are run once, by one user.
  init(_ name: String, steps: [CompiledStep]) {
    self.name = name
    index = -1
    load = .countedShared(users: 1, iterations: 1)
    isScheduled = false
    hasInstants = false
    startAfter = 0
    self.steps = steps
    thinkTime = nil
    pacing = nil
    policy = .perUser
    sources = []
    capturedSlots = Self.capturedSlots(of: steps)
    gates = steps.indices.map { index in steps[..<index].count { $0.rendezvous != nil } }
  }

  private static func capturedSlots(of steps: [CompiledStep]) -> [Int] {
    Set(steps.flatMap(\.outcomes).flatMap(\.captures).flatMap { [$0.slot] + [$0.condition].compactMap(\.self) })
      .sorted()
  }
}
