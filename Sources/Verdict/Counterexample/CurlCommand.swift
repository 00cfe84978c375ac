/// A request as a command line of `curl`, in parts.
struct CurlCommand {
  enum Body {
    case none
    case text(ShellText)
    case file(String, bytes: Int)
    /// `count` times one byte.
    case filled(count: Int, UInt8)
    /// Exactly `bytes` bytes, with as many `fill` in the place of the text's padding as are missing.
    case sized(ShellText, bytes: Int, fill: UInt8)
    /// A list of `count` items; the shell's `${item}` counts them from 1.
    case batch(item: ShellText, count: Int)
  }

  /// What of the answer is written to standard output.
  enum Output {
    case asUsual, body, head, headAndBody

    fileprivate var options: [String] {
      switch self {
      case .asUsual: []
      case .body: ["-s"]
      case .head: ["-s", "-D", "-", "-o", "/dev/null"]
      case .headAndBody: ["-s", "-i"]
      }
    }
  }

  /// Options and the URL.
  var words: [ShellText] = []
  var body = Body.none

  mutating func add(_ option: String, _ value: ShellText) { words += [ShellText(option), value] }
  mutating func add(_ option: String, _ value: String) { add(option, ShellText(value)) }

  /// What earlier answers must tell, in order, as often as it is needed.
  var told: [ShellText.Told] {
    let inBody: [ShellText.Told] =
      switch body {
      case .none, .file, .filled: []
      case .text(let text), .sized(let text, _, _), .batch(let text, _): text.told
      }
    return words.flatMap(\.told) + inBody
  }

  /// - Parameter names: The shell's variables for what earlier answers told.
  func text(_ output: Output = .asUsual, _ names: [ShellText.Told: String] = [:]) -> String {
    var maker: String?
    var last: [ShellText] = []
    switch body {
    case .none: break
    case .text(let text):
      let text = text.filled(names)
      // No argument holds all control characters, nor a line of a terminal any.
      if text.hasControlCharacters { maker = text.printed } else { last = [ShellText("--data-raw"), text] }
    case .file(let path, _): last = [ShellText("--data-binary"), ShellText("@\(path)")]
    case .filled(let count, let fill): maker = Self.filled(String(count), fill)
    case .sized(let text, let bytes, let fill): maker = Self.sized(text.filled(names), bytes, fill)
    case .batch(let item, let count): maker = Self.batch(item.filled(names), count)
    }
    if maker != nil { last = [ShellText("--data-binary"), ShellText("@-")] }
    if size > Self.expectedSize { last = [ShellText("-H"), ShellText("Expect:")] + last }
    let command = ["curl"] + output.options + (words.map { $0.filled(names) } + last).map(\.word)
    return (maker.map { [$0, "|"] } ?? []).joined(separator: " ") + (maker == nil ? "" : " ")
      + command.joined(separator: " ")
  }

  // MARK: - Bodies

  /// Before larger bodies `curl` asks whether it may send them, which the run's client does not.
  private static let expectedSize = 1_000_000

  private var size: Int {
    switch body {
    case .none: 0
    case .text(let text): text.literal.utf8.count
    case .file(_, let bytes): bytes
    case .filled(let count, _): count
    case .sized(_, let bytes, _): bytes
    case .batch(let item, let count): (item.literal.utf8.count + 8) * count
    }
  }

  /// - Parameter count: As the shell has it.
  private static func filled(_ count: String, _ fill: UInt8) -> String {
    let isPlain = fill > 0x20 && fill < 0x7F && !"\\'-[".utf8.contains(fill)
    let text = isPlain ? String(Character(Unicode.Scalar(fill))) : ShellText.octal(fill)
    return "head -c \(count) /dev/zero | tr '\\0' \(ShellText.quoted(text))"
  }

  private static func sized(_ text: ShellText, _ bytes: Int, _ fill: UInt8) -> String {
    guard let (before, after) = text.aroundPadding else { return text.printed }
    if before.isLiteral, after.isLiteral {
      let missing = bytes - before.literal.utf8.count - after.literal.utf8.count
      guard missing > 0 else { return (before + after).printed }
      return "{ \(before.printed); \(filled(String(missing), fill)); \(after.printed); }"
    }
    // How much is missing is known when the rest is.
    return "{ before=\(before.word); after=\(after.word); "
      + "missing=$((\(bytes) - $(printf %s \"${before}${after}\" | wc -c))); printf %s \"${before}\"; "
      + "[ \"${missing}\" -le 0 ] || \(filled("\"${missing}\"", fill)); printf %s \"${after}\"; }"
  }

  private static func batch(_ item: ShellText, _ count: Int) -> String {
    "{ printf '['; for item in $(seq \(count)); do [ \"${item}\" = 1 ] || printf ,; \(item.printed); done; printf ']'; }"
  }
}
