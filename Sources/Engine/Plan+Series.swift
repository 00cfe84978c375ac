import HTTPClient
import Load
import Measurement
import Scenario

/// How rows, which the plan numbers for every outcome that could come, map to the recorder's series.
extension Plan {
  var allSteps: [CompiledStep] { groups.flatMap(\.steps) + (setUp?.steps ?? []) + (tearDown?.steps ?? []) }

  /// The series that a run is sure to be asked about, which are the named outcomes, and the recorder's number for each
  /// row: -1 for what may turn up.
  func foreseenSeries() -> ([IntervalRecorder.SeriesDefinition], [Int32]) {
    var definitions: [IntervalRecorder.SeriesDefinition] = []
    var numbers: [Int32] = Array(repeating: -1, count: seriesCount)
    for step in groups.flatMap(\.steps) {
      for outcome in step.outcomes.indices {
        numbers[step.firstSeries + outcome] = Int32(definitions.count)
        definitions.append(definition(of: step, outcome))
      }
    }
    return (definitions, numbers)
  }

  func definition(ofRow row: Int) -> IntervalRecorder.SeriesDefinition {
    let (step, outcome) = series(row)
    return definition(of: step, outcome)
  }

  private func definition(of step: CompiledStep, _ outcome: Int) -> IntervalRecorder.SeriesDefinition {
    let key = SeriesKey(group: step.group, step: step.name, outcome: step.outcomeName(outcome))
    return IntervalRecorder.SeriesDefinition(key: key, kind: step.outcomeKind(outcome), budgets: budgets(key))
  }

  /// Keys by row: what `Operation.outcome` counts into.
  var rowKeys: [SeriesKey] {
    groups.flatMap(\.steps).flatMap { step in
      (0..<step.outcomeCount).map { SeriesKey(group: step.group, step: step.name, outcome: step.outcomeName($0)) }
    }
  }

  /// Budgets on the latency of a series that thresholds on percentiles name, nanoseconds, ascending.
  private func budgets(_ key: SeriesKey) -> [UInt64] {
    var bounds: Set<UInt64> = []
    for threshold in scenario.thresholds where threshold.metric.metric == .latency {
      switch threshold.aggregation {
      case .percentile, .median: break
      default: continue
      }
      guard threshold.bound >= 0 else { continue }
      let selector = threshold.metric
      if selector.group.map({ $0 == key.group }) ?? true, selector.step.map({ $0 == key.step }) ?? true,
        selector.outcome.map({ $0 == key.outcome }) ?? true
      {
        bounds.insert(UInt64(threshold.bound))
      }
    }
    return bounds.sorted()
  }

  var groupDefinitions: [IntervalRecorder.GroupDefinition] {
    groups.map { group in
      IntervalRecorder.GroupDefinition(name: group.name, load: group.load.description, isOpen: group.load.isOpen)
    }
  }
}

extension CompiledGroup {
  /// What drives the group's users on one worker.
  func runner(on worker: Worker) -> GroupRunner {
    switch load {
    case .closed(let profile): ClosedRunner(worker: worker, group: self, profile: profile)
    case .countedPerUser(_, let iterations): CountedRunner(worker: worker, group: self, perUser: iterations)
    case .countedShared: CountedRunner(worker: worker, group: self, perUser: nil)
    case .open(let profile, _, let poisson):
      OpenRunner(worker: worker, group: self, profile: profile, poisson: poisson)
    case .burst: BurstRunner(worker: worker, group: self)
    }
  }
}
