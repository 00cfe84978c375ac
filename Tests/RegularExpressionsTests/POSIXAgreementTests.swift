import Foundation
import Testing

@testable import RegularExpressions

/// What the C library finds, which searched for these expressions before: a witness for what both understand.
private struct POSIXExpression: ~Copyable {
  private var compiled = regex_t()

  init?(_ pattern: String) {
    guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
  }

  deinit { withUnsafePointer(to: compiled) { regfree(UnsafeMutablePointer(mutating: $0)) } }

  func matches(_ text: String) -> Bool {
    withUnsafePointer(to: compiled) { regexec($0, text, 0, nil, 0) == 0 }
  }
}

@Suite("Expressions that POSIX knows")
struct POSIXAgreementTests {
  /// More with `REGEX_PATTERNS=400000`, as a longer search.
  static let patterns = ProcessInfo.processInfo.environment["REGEX_PATTERNS"].flatMap { Int($0) } ?? 6000

  @Test("mean what the C library says they do", arguments: 0..<10)
  func agreement(part: Int) throws {
    var generator = PatternGenerator(seed: UInt64(part))
    var compared = 0
    for _ in 0..<Self.patterns / 10 {
      let source = generator.pattern()
      guard let posix = POSIXExpression(source) else { continue }
      let search = PatternSearch(try Pattern(source))
      for _ in 0..<50 {
        let text = generator.text()
        compared += 1
        if search.matches(text) != posix.matches(text) {
          Issue.record("'\(source)' in \(text.debugDescription): \(posix.matches(text)) by the C library")
        }
      }
    }
    #expect(compared > 40 * Self.patterns / 10)
  }
}
