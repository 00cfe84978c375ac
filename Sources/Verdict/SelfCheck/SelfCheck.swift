import Load
import Measurement
import Scenario

/// What a run says about the generator that made it, rule by rule, and whether its figures can be believed.
///
/// A verdict on the target needs a generator that was on time and a machine that had time for it. What waited for a free
/// user or connection is not the generator's fault, and is in no rule but `noFreeUser`, which only tells.
package struct SelfCheck: Sendable {
  /// All rules, whether they had anything to say or not.
  package internal(set) var rules: [SelfCheckRule]
  /// How much of a time, and of a rate, may be the machine's doing.
  package let limits: SelfCheckLimits
  let noise: MachineNoise
  /// The machine was noisier than its limits allow, whether or not that matters to what is judged.
  let isNoisy: Bool
  /// `nil` where there is one, or too little to tell.
  package let unsteady: Unsteadiness?
  /// The latest that the generator sent a request, nanoseconds.
  let largestLag: Double
  /// A schedule sets each arrival of each traffic group.
  let isOpenOnly: Bool

  /// - Complexity: O(intervals²), and O(1) in the number of requests.
  package init(_ record: RunRecord, scenario: Scenario) {
    let context = SelfCheckContext(record, scenario)
    limits = scenario.selfCheck
    noise = MachineNoise(context)
    isNoisy = noise.isNoisy(context)
    var rules = [
      context.lostArrivals(), context.arrivalRate(), context.lag(), context.pause(), context.p95WithoutLag(),
      context.workerCPU(),
      context.runQueue(noise), context.steal(noise), context.pressure(noise), context.noFreeUser(),
    ]
    let steady = SteadyState(record, scenario, context)
    rules += steady.rules
    unsteady = steady.unsteady
    if scenario.verdict == .point {
      // The plain comparison does not ask whether another run would come out otherwise.
      for index in rules.indices where rules[index].status == .inconclusive { rules[index].status = .note }
    }
    let isBusy = rules.contains { $0.name == .workerCPU && $0.status == .note }
    let isDisturbed = isBusy || rules.contains { Self.isSpeaking($0) && $0.name.spoils == .breaches }
    rules.insert(
      context.lostTime(isDisturbed: isDisturbed), at: 1 + (rules.firstIndex { $0.name == .p95WithoutLag } ?? -1))
    self.rules = rules
    largestLag = Double(record.generator.lag.maximum)
    isOpenOnly = !context.scheduled.isEmpty && context.scheduled.count == record.groups.count
  }

  /// What the generator and the machine did to the run; `pass` where nothing that matters.
  package var verdict: Verdict {
    speaking.first?.status == .invalid ? .invalid : speaking.isEmpty ? .pass : .inconclusive
  }

  /// The rules that were broken by generator or machine, the worst first.
  package var speaking: [SelfCheckRule] {
    let own = rules.filter(Self.isSpeaking)
    return own.filter { $0.name.spoils == .everything }
      + own.filter { $0.name.spoils != .everything && $0.status == .invalid }
      + own.filter { $0.name.spoils != .everything && $0.status == .inconclusive }
  }

  private static func isSpeaking(_ rule: SelfCheckRule) -> Bool {
    rule.name != .steadyState && (rule.status == .invalid || rule.status == .inconclusive)
  }

  /// The load was not offered as the scenario describes it: that spoils everything.
  var notOffered: SelfCheckRule? { speaking.first { $0.name.spoils == .everything } }

  /// Requests were late, or the machine was busy: that makes times longer, and never shorter.
  var noisy: SelfCheckRule? { speaking.first { $0.name.spoils == .breaches } }

  /// Users in a loop sent fewer requests than they would have: what they did not see may be slower.
  var generatorBound: SelfCheckRule? { speaking.first { $0.name.spoils == .keptTimes } }

  /// The same where no finding was spoiled: broken rules are notes.
  func withoutVerdicts() -> SelfCheck {
    var check = self
    for index in rules.indices where Self.isSpeaking(rules[index]) {
      check.rules[index].status = .note
      check.rules[index].message = rules[index].measured + ": no verdict was spoiled by it"
    }
    return check
  }

  /// What is worth knowing though it changes no verdict.
  package var notes: [SelfCheckRule] { rules.filter { $0.status == .note } }

  /// The worker threads were busy nearly all of the time: throughput is theirs, not the target's.
  package var isGeneratorBound: Bool {
    rules.contains { $0.name == .workerCPU && ($0.status == .note || $0.status == .invalid) }
  }
}

/// One thing that the generator checks of itself.
package struct SelfCheckRule: Sendable, Hashable {
  package enum Name: String, Sendable, CaseIterable {
    case lostArrivals = "lost_arrivals"
    case arrivalRate = "arrival_rate"
    case lag
    case pause
    case p95WithoutLag = "p95_without_lag"
    case lostTime = "lost_time"
    case workerCPU = "worker_cpu"
    case runQueue = "run_queue"
    case steal
    case pressure = "cpu_pressure"
    case noFreeUser = "no_free_user"
    case warmUp = "warm_up"
    case steadyState = "steady_state"

    /// What a broken rule takes the worth of.
    enum Spoils {
      case everything
      /// A budget that seems broken: lateness makes times longer and never shorter, as long as the load was offered.
      case breaches
      /// A budget on times that seems kept: fewer requests were offered.
      case keptTimes
    }

    var spoils: Spoils {
      switch self {
      // While a worker was paused nothing was sent: its arrivals came later all at once.
      case .lostArrivals, .arrivalRate, .pause: .everything
      case .lostTime: .keptTimes
      default: .breaches
      }
    }
  }

  package enum Status: String, Sendable, CaseIterable {
    case ok
    /// Worth knowing; changes no verdict.
    case note
    case inconclusive
    case invalid
    /// The limit is `'off'`: measured, and nothing more.
    case off
    /// The run has nothing that the rule is about.
    case notApplicable = "not_applicable"
    /// The kernel does not tell, or the journal is of a version that did not ask it.
    case notAvailable = "not_available"
  }

  package var name: Name
  package var status: Status
  package var observed: Quantity?
  package var limit: Quantity?
  /// What was measured and, where it speaks, what to do.
  package var message: String
  /// What was measured, and the limit where it is passed.
  var measured: String

  init(
    _ name: Name, _ status: Status, observed: Quantity? = nil, limit: Quantity? = nil, _ measured: String,
    advice: String? = nil
  ) {
    self.name = name
    self.status = status
    self.observed = observed
    self.limit = limit
    self.measured = measured
    message = advice.map { "\(measured): \($0)" } ?? measured
  }
}
