import Glibc
import Measurement
import ReferenceServer

extension TruthCheck {
  /// What is allowed is milliseconds, however long the requests take.
  private static let strict = "self_check: { lag: '1ms', lag_share: '0.1%' },"

  /// A server that stands still for 250 ms in every 2.5 s, under constant arrivals: by two groups that never and hardly want
  /// for users, and by one user in a loop, which sees next to nothing of it.
  static let stall: TruthCheck = {
    let (service, stall, period, rate) = (0.002, 0.25, 2.5, 100.0)
    let get = "get: '/_truth/stall?service_ms=2&stall_ms=250&period_ms=2500', outcomes: { ok: { status: 200 } }"
    func group(_ name: String, _ load: String, _ more: String = "") -> String {
      "\(name): { load: { \(load), for: '5s' }, \(more) steps: [{ name: '\(name)', \(get) }] },"
    }
    let scenario = """
      { name: 'stall', target: 'http://127.0.0.1', \(strict) traffic: {
        \(group("many", "arrivals: '100/s', max_users: 80"))
        \(group("few", "arrivals: '100/s', max_users: 10"))
        \(group("alone", "users: 1", "think_time: '5ms',"))
      } }
      """
    return TruthCheck(scenario: scenario) { record, _ in
      func answer(_ percent: Double, users: Double) -> Double {
        // The capacity is what so many users have answered in a second.
        let load = rate * service / users
        return 1e9 * (service + max(0, stall - (1 - percent / 100) * period * (1 - load)))
      }
      let tolerance = 1e9 * max(1 / rate, 0.005)
      return [("many", 80.0), ("few", 10.0)].flatMap { name, users in
        [95.0, 99.0].map { record.compare(name, p: $0, to: answer($0, users: users), within: tolerance) }
      } + [record.compare("alone", p: 95, to: 1e9 * service, within: 5e6)]
    }
  }()

  /// Delays drawn from an exponential distribution of mean 50 ms, given up after 100 ms: e⁻² of the requests, so that p95 is
  /// the timeout itself, and p80 a delay.
  static let timeouts: TruthCheck = {
    let scenario = oneStep(
      "{ arrivals: '100/s', for: '5s', max_users: 60 }",
      "get: '/_truth/delay?ms=50&distribution=exponential', timeout: '100ms', outcomes: { ok: { status: 200 } }",
      more: strict)
    return TruthCheck(scenario: scenario) { record, truth in
      let delays = truth.log(of: .delay).entries.map { $0.due - $0.arrival }.sorted()
      // The server's own delays know of no sampling error.
      let drawn = delays.isEmpty ? 0 : delays[(delays.count * 80 + 99) / 100 - 1]
      return [
        record.compare("main", p: 95, to: 100e6, within: 5e6),
        record.compare("main", p: 80, to: Double(drawn), within: 5e6),
        // A delay close to the timeout may be decided either way, and closer by as much as the machine is late.
        Comparison(
          figure: "the number of timeouts", measured: Double(record.count("timeout")),
          truth: Double(delays.count { $0 > 100_000_000 }),
          tolerance: Double(delays.count { abs(Double($0) - 100e6) < 5e6 }),
          late: Double(delays.count { abs(Double($0) - 100e6) < 5e6 + record.lateness }), isCount: true),
        Comparison(
          figure: "the number of requests", measured: Double(record.sentRequests), truth: Double(delays.count),
          tolerance: 0),
        record.unsentArrivals,
      ]
    }
  }()

  /// A delay of 30 ms: what it is at every percentile, in each of the three times of a request.
  static let delay: TruthCheck = {
    let scenario = oneStep(
      "{ arrivals: '100/s', for: '2s', max_users: 20 }",
      "get: '/_truth/delay?ms=30', outcomes: { ok: { status: 200 } }", more: strict)
    return TruthCheck(scenario: scenario) { record, _ in
      guard let ok = record.series("ok") else { return [] }
      let sent = 200 - Double(record.count("unsent"))
      return [("latency", ok.latency), ("service time", ok.serviceTime), ("ttfb", ok.timeToFirstByte)].flatMap {
        name, times in
        [1.0, 50, 95].map { percent in
          Comparison(
            figure: "p(\(percent)) of \(name)", measured: Double(times.percentile(percent)), truth: 32e6,
            tolerance: 2e6,
            late: .infinity)
        } + [Comparison(figure: "the number of \(name)", measured: Double(times.count), truth: sent, tolerance: 0)]
      } + [record.unsentArrivals]
    }
  }()
}

extension RunRecord {
  /// Everybody is sent, unless the machine stands still where the load ends.
  fileprivate var unsentArrivals: TruthCheck.Comparison {
    TruthCheck.Comparison(
      figure: "the number of unsent arrivals", measured: Double(count("unsent")), truth: 0, tolerance: 0,
      late: lateness / 1e7, isCount: true)
  }
}
