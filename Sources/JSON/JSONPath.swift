/// `$.error.code`, `$.items[0].id`, `$['a key']`, `$.items[*].id`, `$.items.length()`: one place in a JSON value.
package struct JSONPath: Sendable, Hashable, CustomStringConvertible {
  package enum Segment: Sendable, Hashable {
    case member(String)
    /// From the end where negative.
    case index(Int)
    /// Every element of a list or every member of an object.
    case wildcard
    /// The number of elements, members or characters; only at the end.
    case length
  }

  package let segments: [Segment]
  package let description: String

  package init(segments: [Segment], description: String) {
    self.segments = segments
    self.description = description
  }
}
