// Fuzzes expressions and texts: the input's first line is the expression, all that follows is the text.
//
// Whatever the bytes are, nothing crashes, and
// - what is refused is refused with a place in the expression;
// - with its table, without it, with a table that knows the text, and by way of captures, a search finds the same;
// - captures lie in the match, and the match in the text.

@testable import RegularExpressions

@c(LLVMFuzzerTestOneInput)
public func fuzzRegularExpressions(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let bytes = Array(UnsafeBufferPointer(start: start, count: count))
  let line = bytes.firstIndex(of: 0x0A) ?? bytes.count
  let source = String(decoding: bytes[..<line], as: UTF8.self)
  let text = Array(bytes.dropFirst(line + 1))
  let pattern: Pattern
  do {
    pattern = try Pattern(source)
  } catch let error {
    require(
      0 <= error.range.lowerBound && error.range.upperBound <= source.utf8.count, "an error lies in the expression")
    require(!error.message.isEmpty, "an error has words")
    return 0
  }
  check(pattern, text)
  return 0
}

private func check(_ pattern: Pattern, _ text: [UInt8]) {
  let table = LazyDFA(pattern.automaton)
  text.withUnsafeBufferPointer { text in
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { none in
      let start = text.baseAddress ?? UnsafePointer(none.baseAddress!)
      let found = table.matches(start, text.count)
      require(table.matches(start, text.count) == found, "a search again finds the same")
      table.bytesWithoutTable = 1
      require(table.matches(start, text.count) == found, "a search without the table finds the same")
      // The machine takes the product of text and program, so its share of the texts is smaller.
      guard text.count * pattern.program.instructions.count < 1 << 20 else { return }
      let captures = PikeMachine(pattern.program, pattern.automaton).match(in: text)
      require((captures != nil) == found, "there are captures if there is a match")
      guard let captures, let whole = captures[0] else { return }
      require(whole.upperBound <= text.count, "the match lies in the text")
      for case let capture? in captures {
        require(whole.lowerBound <= capture.lowerBound && capture.upperBound <= whole.upperBound, "captures lie in it")
      }
    }
  }
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}
