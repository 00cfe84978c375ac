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
    self.rules = rules
  }

  /// What the generator and the machine did to the run; `pass` where nothing that matters.
  package var verdict: Verdict {
    speaking.first?.status == .invalid ? .invalid : speaking.isEmpty ? .pass : .inconclusive
  }

  /// The rules that were broken by generator or machine, the worst first.
  package var speaking: [SelfCheckRule] {
    let own = rules.filter { $0.name != .steadyState }
    return own.filter { $0.status == .invalid } + own.filter { $0.status == .inconclusive }
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
    case workerCPU = "worker_cpu"
    case runQueue = "run_queue"
    case steal
    case pressure = "cpu_pressure"
    case noFreeUser = "no_free_user"
    case warmUp = "warm_up"
    case steadyState = "steady_state"
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

  init(_ name: Name, _ status: Status, observed: Quantity? = nil, limit: Quantity? = nil, _ message: String) {
    self.name = name
    self.status = status
    self.observed = observed
    self.limit = limit
    self.message = message
  }
}
