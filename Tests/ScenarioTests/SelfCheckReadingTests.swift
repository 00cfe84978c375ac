import JSON
import Testing

@testable import Scenario

@Suite("Limits of the generator's check of itself")
struct SelfCheckReadingTests {
  @Test("those that are named are set, and the others keep their defaults")
  func limits() throws {
    #expect(try Read(file()).valid().selfCheck == SelfCheckLimits())
    let read = try Read(
      file(
        more:
          "self_check: { lag: '2.5ms', pause: '2s', lag_share: '10%', p95_shift: '250%', worker_cpu: '90%', steal: 'off' },"
      )
    ).valid().selfCheck
    var wanted = SelfCheckLimits()
    wanted.pause = 2_000_000_000
    (wanted.lag, wanted.lagShare, wanted.p95Shift, wanted.workerCPU, wanted.steal) = (2_500_000, 0.1, 2.5, 0.9, nil)
    #expect(read == wanted)
    let rest = try Read(
      file(more: "self_check: { rate: '3%', run_queue: '4%', cpu_pressure: '50%', steady_state: '0.1%', lag: 'off' },")
    ).valid().selfCheck
    var others = SelfCheckLimits()
    (others.rate, others.runQueue, others.pressure, others.trend, others.lag) = (0.03, 0.04, 0.5, 0.001, nil)
    #expect(rest == others)
  }

  @Test("'off' ends them all, and a profile and --set can bring them back")
  func off() throws {
    let off = file(more: "self_check: 'off', profiles: { strict: { self_check: { lag: '1ms' } } },")
    let limits = try Read(off).valid().selfCheck
    #expect(limits == .off && limits.lag == nil && limits.pause == nil)
    #expect(SelfCheckLimits.shares.allSatisfy { limits[keyPath: $0.path] == nil })
    #expect(try Read(off, options: ReadOptions(profile: "strict")).valid().selfCheck == SelfCheckLimits())
    let set = Read(
      file(), options: ReadOptions(overrides: [("self_check.steal", "off"), ("self_check.lag", "3ms")]))
    var wanted = SelfCheckLimits()
    (wanted.steal, wanted.lag) = (nil, 3_000_000)
    #expect(try set.valid().selfCheck == wanted)
    #expect(
      try Read(file(more: "self_check: { lag: '9ms' },"), options: ReadOptions(overrides: [("self_check", "off")]))
        .valid().selfCheck == .off)
  }

  @Test(
    "mistakes are named at their place",
    arguments: [
      ("self_check: { lagg: '1ms' },", "lagg", "unknown key 'lagg' in self_check"),
      ("self_check: { pressure: '5%' },", "pressure", "unknown key 'pressure' in self_check"),
      ("self_check: 'on',", "'on'", "expected an object of limits, or 'off', found the text 'on'"),
      ("self_check: { lag: 5 },", "5", "expected a duration such as"),
      ("self_check: { lag: '5%' },", "'5%'", "expected a duration such as"),
      ("self_check: { lag: 0 },", "0", "'lag' must be longer than 0"),
      ("self_check: { pause: '5%' },", "'5%'", "expected a duration such as"),
      ("self_check: { pause: 0 },", "0", "'pause' must be longer than 0"),
      ("self_check: { steal: 0.05 },", "0.05", "expected a share such as '5%', or 'off', found a number"),
      ("self_check: { steal: '5ms' },", "'5ms'", "expected a share such as '5%', or 'off'"),
      ("self_check: { steal: '101%' },", "'101%'", "'steal' must be more than 0% and at most 100%"),
      ("self_check: { steady_state: '0%' },", "'0%'", "'steady_state' must be more than 0% and at most 50%"),
    ])
  func mistakes(text: String, place: String, message: String) {
    let read = Read(file(more: text))
    #expect(read.scenario == nil)
    #expect(read.diagnostics.count == 1 && read.diagnostics[0].message.hasPrefix(message), "\(read.diagnostics)")
    let start = read.source.bytes.firstRange(of: Array(place.utf8))?.lowerBound
    #expect(read.diagnostics.first?.range.start == start)
  }
}
