/// Why a text is no JSON, and where: what the fast parser throws. For texts that a person wrote, `JSONReader` says more.
package struct JSONSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Problem: Hashable, Sendable {
    case endOfText
    case valueExpected
    case keyExpected
    case colonExpected
    case commaOrBraceExpected
    case commaOrBracketExpected
    case textAfterValue
    case numberMalformed
    case numberOutOfRange
    case controlCharacterInString
    case escapeMalformed
    case loneSurrogate
    case invalidUTF8
    case tooDeep
  }

  package var problem: Problem
  /// Bytes from the start of the text.
  package var offset: Int

  package init(_ problem: Problem, at offset: Int) {
    self.problem = problem
    self.offset = offset
  }

  package var description: String { "not JSON at byte \(offset): \(problem)" }
}

extension JSONSyntaxError.Problem: CustomStringConvertible {
  package var description: String {
    switch self {
    case .endOfText: "the text ends too soon"
    case .valueExpected: "expected a value"
    case .keyExpected: "expected a key in double quotes"
    case .colonExpected: "expected ':' after the key"
    case .commaOrBraceExpected: "expected ',' or '}' after this member"
    case .commaOrBracketExpected: "expected ',' or ']' after this element"
    case .textAfterValue: "expected the end of the text after the value"
    case .numberMalformed: "a malformed number"
    case .numberOutOfRange: "a number beyond the range of a double"
    case .controlCharacterInString: "a control character in a string; it must be escaped"
    case .escapeMalformed: "a malformed escape in a string"
    case .loneSurrogate: "an escape that is half of a surrogate pair"
    case .invalidUTF8: "bytes that are not UTF-8"
    case .tooDeep: "nested deeper than \(JSONLimits.depth) levels"
    }
  }
}
