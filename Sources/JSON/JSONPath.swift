/// `$.error.code`, `$.items[0].id`, `$['a key']`, `$.items[*].id`, `$.items.length()`: one place in a JSON value.
///
/// The notation is a part of RFC 9535's, with k6's and Gatling's habits where testers have them:
/// ```
/// path    = "$" *( "." name / "." "*" / ".length()" / "[" index "]" / "[" string "]" / "[*]" )
/// name    = 1*( letter / digit / "_" / "-" / "$" / non-ASCII ), not beginning with a digit or "-"
/// index   = "0" / [ "-" ] digit without leading zero; from the end where negative
/// string  = in single or double quotes, with JSON's escapes and those of both quotes
/// ```
/// `.length()` stands only at the end. A member that is merely called `length` is `$.length`.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
  package enum Segment: Sendable, Hashable {
    case member(String)
    /// From the end where negative.
    case index(Int)
    /// Every element of a list or every member of an object.
    case wildcard
    /// The number of elements, members or code points; only at the end.
    case length
  }

  package let segments: [Segment]
  package let description: String

  package init(segments: [Segment], description: String) {
    self.segments = segments
    self.description = description
  }

  /// Reads a path.
  package init(_ text: String) throws(JSONPathError) {
    var compiler = JSONPathCompiler(bytes: Array(text.utf8))
    self.init(segments: try compiler.segments(), description: text)
  }
}

/// Why a text is no path.
package struct JSONPathError: Error, Hashable, Sendable, CustomStringConvertible {
  package var message: String
  /// Bytes from the start of the path.
  package var offset: Int
  package var hint: String?

  package init(_ message: String, at offset: Int, hint: String? = nil) {
    self.message = message
    self.offset = offset
    self.hint = hint
  }

  package var description: String {
    "\(message) (at byte \(offset) of the path)" + (hint.map { "; \($0)" } ?? "")
  }
}
