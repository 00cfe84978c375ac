import JSON
import Measurement
import Scenario

/// Holds "this outcome must not occur" against the recorded requests.
///
/// - Complexity: O(n) time.
struct NeverJudge {
  let outcomes: [OutcomeReference]
  let context: InvariantContext

  func judge() throws(OperationSourceError) -> Finding {
    let forbidden = context.outcomes(outcomes)
    let ofSteps = context.series(of: outcomes)
    var conclusion = Conclusion()
    var (requests, measured, found) = (UInt64(0), UInt64(0), UInt64(0))
    var overlap = OverlapSurvey()
    var first = FirstFew<Operation>(InvariantContext.shown) { ($0.invoked, $0.user) < ($1.invoked, $1.user) }
    try context.source.forEach { operation in
      guard ofSteps.at(operation.outcome) else { return }
      requests += 1
      if !operation.flags.contains(.warmUp) { measured += 1 }
      overlap.add(invoked: operation.invoked, returned: operation.returned)
      if forbidden.at(operation.outcome) {
        found += 1
        first.insert(operation)
      }
    }
    // What was never sent is counted, and is no operation.
    let unsent = context.record.series.reduce(into: UInt64(0)) { sum, series in
      let reference = OutcomeReference(step: series.key.step, outcome: series.key.outcome)
      if BuiltInOutcome.neverSent.contains(reference.outcome), outcomes.contains(reference) { sum += series.count }
    }
    let names = outcomes.map(\.text).joined(separator: " or ")
    if found + unsent > 0 {
      conclusion.add(.fail, "\(counted(found + unsent, "request")) ended as \(names)")
    }
    if requests + unsent == 0 {
      context.addUnexercised(
        "no request of \(outcomes.steps.listed) was sent", &conclusion)
    } else {
      context.checkOverlap(overlap, of: outcomes.steps, &conclusion)
    }
    context.checkCompleteness(of: outcomes.steps, recorded: measured, &conclusion)
    return context.finding(
      conclusion, observed: Quantity(Double(found + unsent), .count), bound: Quantity(0, .count),
      samples: requests + unsent,
      otherwise: "none of \(counted(requests, "request")) ended as \(names), up to "
        + "\(Quantity.grouped(overlap.peak)) at once",
      counterexample: Counterexample(
        summary: "ended as \(names), in the order in which they were sent", requests: first.sorted.map(context.witness),
        total: found + unsent),
      contention: requests == 0 ? nil : Contention(peakInFlight: overlap.peak, isLowerBound: overlap.isLowerBound))
  }
}
