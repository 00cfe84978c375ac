import Glibc
import JSON
import Synchronization

/// The three standard streams, and what can be shown on them.
enum Console {
  /// Writes to standard output.
  static func write(_ text: String) { emit(text, to: STDOUT_FILENO) }

  /// Writes JSON to standard output: as it is to a file or a pipe, without what could command it to a terminal.
  static func write(json bytes: [UInt8]) {
    if isTerminal(STDOUT_FILENO) {
      write(TerminalText.visible(json: String(decoding: bytes, as: UTF8.self)))
    } else {
      emit(bytes, to: STDOUT_FILENO)
    }
  }

  /// Writes a line to standard output.
  static func line(_ text: String) { emit(text + "\n", to: STDOUT_FILENO) }

  /// Writes JSON to standard output, as a line, without characters that could command a terminal.
  static func line(json text: String) { line(TerminalText.visible(json: text)) }

  /// Writes a line to standard error. Part of it may be text of others, which must not command the terminal.
  static func complain(_ text: String) {
    emit(TerminalText.visible(text, keeping: ["\n", "\t"]) + "\n", to: STDERR_FILENO)
  }

  static func writeToError(_ text: String) { emit(text, to: STDERR_FILENO) }

  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Colour on a terminal, unless `NO_COLOR` is set to anything (no-color.org).
  static func usesColour(_ descriptor: Int32) -> Bool {
    isTerminal(descriptor) && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
  }

  /// Columns of the terminal; `nil` where it is none.
  static func width(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// Takes the places of standard streams that are closed, so that no file of ours gets their numbers and what is meant
  /// for a person. To be called before anything is opened.
  static func claimStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest number is free. For reading alone, so that a write still says that nobody hears it.
      _ = open("/dev/null", O_RDONLY)
    }
  }

  /// Standard output took all that was written to it; a reader that went away early does not count.
  static var outputIsWhole: Bool { !isBroken.load(ordering: .relaxed) }

  private static let isBroken = Atomic(false)

  private static func emit(_ text: String, to descriptor: Int32) { emit(Array(text.utf8), to: descriptor) }

  private static func emit(_ bytes: [UInt8], to descriptor: Int32) {
    var offset = 0
    while offset < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + offset, bytes.count - offset) }
      if count <= 0 {
        if count < 0 && errno == EINTR { continue }
        if descriptor == STDOUT_FILENO, errno != EPIPE, !isBroken.exchange(true, ordering: .relaxed) {
          complain(
            "stampede: standard output cannot be written: \(String(cString: strerror(errno))); what is said there is lost,"
              + " and the exit code is right all the same")
        }
        return
      }
      offset += count
    }
  }
}
