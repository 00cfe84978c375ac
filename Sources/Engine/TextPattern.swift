import Glibc

/// A POSIX extended regular expression (`regcomp(3)`), compiled once and used from any thread.
///
/// The standard library's `Regex` is not `Sendable` and pulls in a parser at run time; the C library's is neither.
final class TextPattern: @unchecked Sendable {
  private var compiled = regex_t()
  /// `nil` where the expression does not compile; it then matches nothing.
  private let isValid: Bool

  init(_ pattern: String) {
    isValid = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0
  }

  deinit { if isValid { regfree(&compiled) } }

  /// Whether the expression matches anywhere in `text`. `regexec` on a compiled expression is thread-safe.
  func matches(_ text: String) -> Bool {
    isValid && regexec(&compiled, text, 0, nil, 0) == 0
  }

  /// Why `pattern` is no expression, or `nil` where it is one.
  package static func complaint(about pattern: String) -> String? {
    var compiled = regex_t()
    let code = regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB)
    if code == 0 {
      regfree(&compiled)
      return nil
    }
    var message = [CChar](repeating: 0, count: 128)
    regerror(code, &compiled, &message, message.count)
    return String(decoding: message.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
