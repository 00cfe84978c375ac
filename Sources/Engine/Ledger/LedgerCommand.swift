import CLinux
import Dispatch
import EventLoop
import Glibc

/// A program that is run once, without a shell, for what it prints.
///
/// It has a process group of its own, which is ended with it: what it started does not outlive the reading.
package final class LedgerCommand: Sendable {
  struct Output {
    var bytes: [UInt8] = []
    /// The end of what it wrote to standard error.
    var complaints: [UInt8] = []
    /// Why its output cannot be used.
    var failure: LedgerFault?
  }

  /// Groups of the programs that are running, so that whatever ends this process can end them.
  private static let running = Locked<Set<pid_t>>([])

  /// Ends all programs that are running, at once; for when the process is about to end.
  package static func endAll() {
    for group in running.withLock({ $0 }) { kill(-group, SIGKILL) }
  }

  private let words: [String]
  private let mostBytes: Int
  /// Monotonic nanoseconds.
  private let deadline: UInt64
  private let isCancelled = Locked(false)

  init(_ words: [String], mostBytes: Int, deadline: UInt64) {
    self.words = words
    self.mostBytes = mostBytes
    self.deadline = deadline
  }

  /// Ends the program early; from any thread.
  func cancel() { isCancelled.withLock { $0 = true } }

  /// Runs the program on a thread of its own, and calls `then` there with what it printed.
  func start(then: @escaping @Sendable (Output) -> Void) {
    DispatchQueue.global().async { then(self.run()) }
  }

  private static let complaintBytes = 4096
  /// How long a program may take to end after SIGTERM, nanoseconds.
  private static let patience: UInt64 = 200_000_000

  private func run() -> Output {
    var output = Output()
    var pipes: [Int32] = [-1, -1, -1, -1]
    defer { for descriptor in pipes where descriptor >= 0 { close(descriptor) } }
    let arePiped = pipes.withUnsafeMutableBufferPointer {
      stampede_pipe($0.baseAddress!) == 0 && stampede_pipe($0.baseAddress! + 2) == 0
    }
    guard arePiped else {
      output.failure = LedgerFault(.target, "the command cannot be run: \(Self.words(errno))")
      return output
    }
    let child: pid_t
    switch spawn(output: pipes[1], errors: pipes[3]) {
    case .success(let process): child = process
    case .failure(let fault):
      output.failure = fault
      return output
    }
    _ = Self.running.withLock { $0.insert(child) }
    for place in [1, 3] {
      close(pipes[place])
      pipes[place] = -1
    }
    let end = read(pipes[0], pipes[2], of: child, into: &output)
    let status = reap(child, endsIt: end != .exited)
    _ = Self.running.withLock { $0.remove(child) }
    output.failure = fault(end, status, output.complaints)
    return output
  }

  // MARK: - Starting

  private func spawn(output: Int32, errors: Int32) -> Result<pid_t, LedgerFault> {
    if let word = words.first(where: { $0.utf8.contains(0) }) {
      return .failure(LedgerFault(.scenario, "the command's '\(LedgerFault.short(word))' has a NUL byte in it"))
    }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // This process blocks the signals that end a run, and ignores SIGPIPE: the program must not.
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var process: pid_t = 0
    let error = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
    if error == 0 { return .success(process) }
    let hint = error == ENOENT ? ": there is no such program\(words[0].contains("/") ? "" : " in the PATH")" : ""
    return .failure(
      LedgerFault(.scenario, "'\(LedgerFault.short(words[0]))' cannot be run: \(Self.words(error))\(hint)"))
  }

  // MARK: - Reading

  private enum End {
    case exited, cancelled, tooLate, tooLong
  }

  /// Reads both pipes until the program has ended, or has to be ended.
  private func read(_ standardOutput: Int32, _ standardError: Int32, of child: pid_t, into output: inout Output) -> End
  {
    var polled = [
      pollfd(fd: standardOutput, events: Int16(POLLIN), revents: 0),
      pollfd(fd: standardError, events: Int16(POLLIN), revents: 0),
    ]
    var chunk = [UInt8](repeating: 0, count: 65_536)
    /// When the program was seen to have ended, though something that it started holds its pipes.
    var exitedAt: UInt64?
    while polled.contains(where: { $0.fd >= 0 }) {
      if isCancelled.withLock({ $0 }) { return .cancelled }
      let now = EventLoop.now()
      if now >= deadline { return .tooLate }
      if let exitedAt, now - exitedAt > Self.patience { return .exited }
      _ = poll(&polled, 2, 50)
      for place in polled.indices where polled[place].fd >= 0 && polled[place].revents != 0 {
        let count = Glibc.read(polled[place].fd, &chunk, chunk.count)
        if count < 0, errno == EINTR || errno == EAGAIN { continue }
        if count <= 0 {
          polled[place].fd = -1
        } else if place == 0 {
          output.bytes += chunk[..<count]
          if output.bytes.count > mostBytes { return .tooLong }
        } else {
          output.complaints = Array((output.complaints + chunk[..<count]).suffix(Self.complaintBytes))
        }
      }
      if exitedAt == nil, hasExited(child) { exitedAt = now }
    }
    // It may have closed its pipes and go on.
    while !hasExited(child) {
      if isCancelled.withLock({ $0 }) { return .cancelled }
      if EventLoop.now() >= deadline { return .tooLate }
      usleep(5_000)
    }
    return .exited
  }

  /// Leaves the child to be waited for, so that nobody else can have its number.
  private func hasExited(_ child: pid_t) -> Bool {
    var information = siginfo_t()
    return waitid(P_PID, id_t(child), &information, WEXITED | WNOHANG | WNOWAIT) == 0 && information.si_signo != 0
  }

  /// Ends the group, and takes the program's status.
  private func reap(_ child: pid_t, endsIt: Bool) -> Int32 {
    if endsIt {
      kill(-child, SIGTERM)
      let end = EventLoop.now() + Self.patience
      while !hasExited(child), EventLoop.now() < end { usleep(5_000) }
    }
    kill(-child, SIGKILL)
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    return status
  }

  private func fault(_ end: End, _ status: Int32, _ complaints: [UInt8]) -> LedgerFault? {
    let said = Self.said(complaints)
    switch end {
    case .cancelled: return LedgerFault(.cut, "the command was ended")
    case .tooLate:
      return LedgerFault(
        .target, "the command did not end in time, and was ended; 'timeout' sets how long it may take\(said)")
    case .tooLong:
      return LedgerFault(
        .scenario,
        "the command printed more than \(mostBytes) bytes, and was ended; 'limits' sets how many: { bytes: … }")
    case .exited: break
    }
    let signal = status & 0x7F
    if signal != 0 { return LedgerFault(.target, "the command was ended by signal \(signal)\(said)") }
    let code = (status >> 8) & 0xFF
    return code == 0 ? nil : LedgerFault(.scenario, "the command ended with exit code \(code)\(said)")
  }

  /// The last lines of what it complained about.
  private static func said(_ complaints: [UInt8]) -> String {
    let lines = String(decoding: complaints, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(3)
    return lines.isEmpty ? "" : ": " + lines.map { LedgerFault.short(String($0)) }.joined(separator: " / ")
  }

  private static func words(_ error: Int32) -> String { String(cString: strerror(error)) }
}
