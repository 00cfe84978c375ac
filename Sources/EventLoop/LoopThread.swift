import CLinux
import Glibc
import Synchronization

/// A thread that runs one event loop from its start to `EventLoop.stop()`.
package final class LoopThread: @unchecked Sendable {
  package let loop: EventLoop
  private let thread: pthread_t
  private let start: Start

  private final class Start: Sendable {
    let loop: EventLoop
    let cpu: Int32?
    let isPunctual: Bool
    let threadID = Atomic<Int32>(0)
    init(loop: EventLoop, cpu: Int32?, isPunctual: Bool) {
      self.loop = loop
      self.cpu = cpu
      self.isPunctual = isPunctual
    }
  }

  /// Starts the thread.
  ///
  /// - Parameters:
  ///   - name: shown by `top -H` and in error messages; Linux keeps its first 15 bytes.
  ///   - cpu: the processor to stay on, or `nil` for any.
  ///   - isPunctual: the thread keeps to a schedule: it asks the kernel for short turns, for which it is let in soon after a
  ///     timer wakes it. Without that, whoever has the processor then may keep it for milliseconds.
  package init(name: String, cpu: Int32? = nil, isPunctual: Bool = false) throws(SystemError) {
    loop = try EventLoop(name: name)
    start = Start(loop: loop, cpu: cpu, isPunctual: isPunctual)
    let argument = Unmanaged.passRetained(start)
    var created = pthread_t()
    let error = pthread_create(
      &created, nil,
      { argument in
        let start = Unmanaged<Start>.fromOpaque(argument!).takeRetainedValue()
        start.threadID.store(stampede_thread_id(), ordering: .releasing)
        _ = stampede_set_thread_name(start.loop.name)
        if let cpu = start.cpu { _ = stampede_pin_to_cpu(cpu) }
        if start.isPunctual { _ = stampede_ask_for_short_turns(shortTurn) }
        start.loop.run()
        return nil
      }, argument.toOpaque())
    if error != 0 {
      argument.release()
      throw SystemError("pthread_create", error)
    }
    thread = created
  }

  /// The kernel's number of the thread, as in `/proc/self/task`; `nil` until it runs.
  package var threadID: Int32? {
    let number = start.threadID.load(ordering: .acquiring)
    return number > 0 ? number : nil
  }

  /// CPU time of the thread so far, nanoseconds; 0 where the kernel does not tell.
  package var cpuNanoseconds: UInt64 {
    var nanoseconds: UInt64 = 0
    return stampede_cpu_nanoseconds_of(thread, &nanoseconds) == 0 ? nanoseconds : 0
  }

  /// Stops the loop and waits for the thread to end. To be called once, from another thread.
  package func stopAndJoin() {
    loop.stop()
    pthread_join(thread, nil)
  }
}

/// Nanoseconds; the shortest that Linux grants.
private let shortTurn: UInt64 = 100_000
