import EventLoop
import Load
import Scenario

/// Where the users of a traffic group wait for each other before a step, whichever workers they are on.
///
/// Users are let go together as soon as there are as many as the step asks for; fewer are let go where no others can come
/// any more, and where the first of them has waited for as long as the step allows. It is off the way of every request
/// that has no rendezvous.
///
/// - Thread rule: `arrive`, `withdraw` and `expire` on the worker's thread that they name, the rest on any.
final class Rendezvous: Sendable {
  private struct Waiter: Sendable {
    unowned let worker: Worker
    let continuation: UnsafeContinuation<UInt64?, Never>
  }

  private struct Gate: Sendable {
    let step: String
    let wanted: Int
    let timeout: UInt64
    var waiting: [Waiter] = []
    /// When the first of those who wait has waited long enough; monotonic nanoseconds.
    var deadline: UInt64 = .max
    /// Times at which fewer were let go, since no others could come, and since the time was over.
    var short = 0
    var late = 0
    var fewest = Int.max
  }

  private struct State: Sendable {
    var gates: [Gate]
    /// Users that are under way to a gate, wait at one, or may still start.
    var coming: Int
    var waiting: Int { gates.reduce(0) { $0 + $1.waiting.count } }
  }

  /// The workers' loops need this long for the word of a release to reach all of them.
  private static let notice: UInt64 = 500_000

  private let state: Locked<State>
  private let spansWorkers: Bool

  /// - Returns: `nil` where no step of the group has a rendezvous.
  init?(_ group: CompiledGroup, workers: Int) {
    let gates = group.steps.filter { $0.rendezvous != nil }.map { step in
      Gate(step: step.name, wanted: step.rendezvous!.users, timeout: step.rendezvous!.timeout)
    }
    if gates.isEmpty { return nil }
    state = Locked(State(gates: gates, coming: group.load.maxUsers))
    spansWorkers = workers > 1
  }

  /// Waits at a gate.
  ///
  /// - Parameter gate: Number of the step among those of the group that have one.
  /// - Returns: when the user was let go, monotonic nanoseconds; `nil` where the run ends.
  func arrive(at gate: Int, on worker: Worker) async -> UInt64? {
    if worker.isStopping { return nil }
    return await withUnsafeContinuation { continuation in
      let waiter = Waiter(worker: worker, continuation: continuation)
      let (released, deadline): ([Waiter], UInt64?) = state.withLock { state in
        state.gates[gate].waiting.append(waiter)
        if state.gates[gate].waiting.count >= state.gates[gate].wanted { return (Self.open(&state.gates[gate]), nil) }
        let released = Self.releaseLast(&state)
        guard released.isEmpty, state.gates[gate].waiting.count == 1 else { return (released, nil) }
        state.gates[gate].deadline = EventLoop.now() &+ state.gates[gate].timeout
        return ([], state.gates[gate].deadline)
      }
      if let deadline { worker.watch(self, gate: gate, until: deadline) }
      release(released)
    }
  }

  /// Says that so many users of the group will come no more.
  func leave(_ count: Int) {
    let released = state.withLock { state in
      state.coming -= count
      return Self.releaseLast(&state)
    }
    release(released)
  }

  /// Sends the users of a worker that stops on their way.
  func withdraw(_ worker: Worker) {
    let withdrawn = state.withLock { state in
      var withdrawn: [Waiter] = []
      for gate in state.gates.indices {
        withdrawn += state.gates[gate].waiting.filter { $0.worker === worker }
        state.gates[gate].waiting.removeAll { $0.worker === worker }
      }
      return withdrawn
    }
    for waiter in withdrawn { waiter.continuation.resume(returning: nil) }
  }

  /// Lets those go who have waited long enough.
  func expire(gate: Int, at now: UInt64) {
    let released = state.withLock { state -> [Waiter] in
      guard !state.gates[gate].waiting.isEmpty, state.gates[gate].deadline <= now else { return [] }
      state.gates[gate].late += 1
      state.gates[gate].fewest = min(state.gates[gate].fewest, state.gates[gate].waiting.count)
      return Self.open(&state.gates[gate])
    }
    release(released)
  }

  /// What is worth a sentence in the report.
  var notes: [String] {
    state.withLock { state in
      state.gates.flatMap { gate -> [String] in
        let count = "\(gate.fewest) of \(gate.wanted) users"
        var notes: [String] = []
        if gate.late > 0 {
          notes.append(
            "At the rendezvous of the step '\(gate.step)' users were let go \(Self.times(gate.late)) before all had come,"
              + " as little as \(count): the others did not come within \(words(gate.timeout)).")
        }
        if gate.short > 0 {
          notes.append(
            "At the rendezvous of the step '\(gate.step)' the last users were let go \(Self.times(gate.short)) with as "
              + "little as \(count): no others could come.")
        }
        return notes
      }
    }
  }

  private func words(_ nanoseconds: UInt64) -> String {
    nanoseconds % 1_000_000_000 == 0 ? "\(nanoseconds / 1_000_000_000) s" : "\(nanoseconds / 1_000_000) ms"
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }

  // MARK: - Letting go

  private static func open(_ gate: inout Gate) -> [Waiter] {
    let released = gate.waiting
    gate.waiting = []
    gate.deadline = .max
    return released
  }

  /// Opens the first gate at which somebody waits, where everybody who may come waits at one.
  private static func releaseLast(_ state: inout State) -> [Waiter] {
    guard state.waiting > 0, state.waiting >= state.coming,
      let gate = state.gates.indices.first(where: { !state.gates[$0].waiting.isEmpty })
    else { return [] }
    state.gates[gate].short += 1
    state.gates[gate].fewest = min(state.gates[gate].fewest, state.gates[gate].waiting.count)
    return open(&state.gates[gate])
  }

  /// Resumes users on their own workers' threads, all at one instant.
  private func release(_ waiters: [Waiter]) {
    if waiters.isEmpty { return }
    let instant = EventLoop.now() &+ (spansWorkers ? Self.notice : 0)
    var workers: [Worker] = []
    for waiter in waiters where !workers.contains(where: { $0 === waiter.worker }) { workers.append(waiter.worker) }
    for worker in workers {
      let own = UncheckedBox(waiters.filter { $0.worker === worker }.map(\.continuation))
      worker.loop.submit {
        worker.at(instant) { for continuation in own.value { continuation.resume(returning: instant) } }
      }
    }
  }
}

extension Worker {
  /// Looks at the gate again when the first who waits there has waited long enough.
  func watch(_ rendezvous: Rendezvous, gate: Int, until deadline: UInt64) {
    let key = RendezvousGate(rendezvous: ObjectIdentifier(rendezvous), gate: gate)
    let timer =
      gateTimers[key] ?? CallbackTimer { rendezvous.expire(gate: gate, at: EventLoop.now()) }
    gateTimers[key] = timer
    loop.arm(timer, at: deadline)
  }

  /// Does something at an instant, or now where that has passed.
  func at(_ instant: UInt64, _ body: @escaping () -> Void) {
    if EventLoop.now() >= instant { body() } else { loop.arm(CallbackTimer(body), at: instant) }
  }
}

struct RendezvousGate: Hashable {
  let rendezvous: ObjectIdentifier
  let gate: Int
}
