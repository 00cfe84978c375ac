import JSON
import Measurement
import Scenario

extension Run {
  /// An invariant speaks of days.
  var needsClock: Bool { plan.scenario.invariants.contains { $0.rule.needsClock } }

  /// Holds the target's clock against this machine's, where an invariant needs it and the target tells; to be called
  /// before the load and after it, so that a clock that was moved meanwhile shows.
  func readClock() async {
    guard options.controlToken != nil, needsClock else { return }
    let asked = WallClock.now()
    let answer = await controlled("GET", "/clock")
    let heard = WallClock.now()
    guard answer.status == 200, let json = answer.json, let milliseconds = json["unix_ms"]?.integer else {
      record.clock.failure = plan.mask.apply("the control interface did not tell the time: \(answer.complaint)")
      return
    }
    let shown = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    guard !shown.overflow, shown.partialValue >= 0 else {
      record.clock.failure = "the target's clock shows no time that can be: \(milliseconds) ms since 1970"
      return
    }
    // The clock was read between the two instants, and its millisecond had begun.
    record.clock.add(
      ClockRecord.Reading(
        ahead: shown.partialValue
          - Int64(heard)...max(
            shown.partialValue - Int64(heard), shown.partialValue + 1_000_000 - Int64(asked)),
        stoppedAt: json["stopped"] == true ? UInt64(shown.partialValue) : nil))
  }
}
