import EventLoop

@testable import Engine

/// Threads, one on each processor, that wake a thousand times a second and add up how late they are let in.
///
/// What takes a processor away, a hypervisor or another process, takes it from whoever is on it: from a server that has a
/// request to read, too, of which neither the generator's lateness nor the kernel's counts tell.
final class MachineWitness {
  private let probes: [Probe]

  init() throws {
    probes = try Machine.allowedProcessors().map { try Probe(cpu: $0) }
  }

  /// The most that a processor was taken away, nanoseconds in all, but what is less than a millisecond at a time. To be
  /// called once.
  func stop() -> UInt64 { probes.map { $0.stop() }.max() ?? 0 }

  private final class Probe: @unchecked Sendable {
    private static let interval: UInt64 = 1_000_000

    private let thread: LoopThread
    private var due: UInt64 = 0
    private var taken: UInt64 = 0
    private lazy var timer = CallbackTimer { [unowned self] in wake() }

    init(cpu: Int32) throws(SystemError) {
      thread = try LoopThread(name: "witness", cpu: cpu, isPunctual: true)
      thread.loop.submit { [self] in arm(EventLoop.now()) }
    }

    func stop() -> UInt64 {
      // What is taken away at this very instant counts as well.
      thread.loop.submit { [self] in
        note(EventLoop.now())
        thread.loop.cancel(timer)
      }
      thread.stopAndJoin()
      return taken
    }

    private func wake() {
      let now = EventLoop.now()
      note(now)
      arm(now)
    }

    private func note(_ now: UInt64) {
      if now > due &+ Self.interval { taken += now - due }
    }

    private func arm(_ now: UInt64) {
      due = now + Self.interval
      thread.loop.arm(timer, at: due)
    }
  }
}
