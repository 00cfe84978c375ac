import JSON
import RegularExpressions

/// One request of an iteration, and what its answers mean.
package struct Step: Sendable {
  /// Unique in the scenario.
  package var name: String
  package var method: String
  /// A path that begins with `/` and is joined to the target, or a whole URL.
  package var path: Template
  package var query: [QueryTemplate]
  /// Those of the step, `Content-Type` where the body says it, and those of the client whose variables the step knows.
  package var headers: [HeaderTemplate]
  package var body: Body
  /// Send the body chunked, without Content-Length.
  package var chunked: Bool
  /// Nanoseconds from `sent`; `nil` for the client's default.
  package var timeout: UInt64?
  /// In order; the first that matches is the response's outcome. Where the file names none, the reader puts `ok`: any
  /// status below 400. Captures of the step itself are already in each outcome that is no error.
  package var outcomes: [Outcome]
  /// The file names outcomes.
  package var listsOutcomes: Bool
  /// Pause after the step.
  package var thinkTime: DurationRange?
  /// Do the step this many times in each iteration; `${repeat}` counts from 1.
  package var repeatCount: Int
  /// Do the step only where the variable named is not empty.
  package var ifPresent: String?
  /// Before the step, users of the group wait for each other.
  package var rendezvous: Rendezvous?
  /// Ends the iteration where the outcome is an error (default) or goes on all the same.
  package var continueOnError: Bool
  package var range: SourceRange

  package struct Rendezvous: Sendable, Hashable {
    /// How many are let go together, from 2.
    package var users: Int
    /// How long the first of them waits at the most, nanoseconds.
    package var timeout: UInt64

    package static let usualTimeout: UInt64 = 10_000_000_000

    package init(users: Int, timeout: UInt64 = usualTimeout) {
      self.users = users
      self.timeout = timeout
    }
  }

  package enum Body: Sendable {
    case none
    /// Templates stand in strings; a string that is nothing but one `${name}` becomes the variable's text as a string.
    case json(JSONTemplate)
    /// JSON of exactly `bytes` bytes written compactly: one string in it ends with a `.padding` part, which stands for as
    /// many `fill` as are missing. Where the rest is already longer, there is no padding, and the body is too long.
    case sizedJSON(JSONTemplate, bytes: Int, fill: UInt8)
    /// A list of `count` times `item`, in which `${item}` counts from 1.
    case batchJSON(item: JSONTemplate, count: Int)
    /// `application/x-www-form-urlencoded`: names and values are percent-encoded when they are written.
    case form([QueryTemplate])
    case text(Template)
    /// `count` bytes of `fill`.
    case bytes(count: Int, fill: UInt8)
    /// The contents of a file, read once.
    case file(bytes: [UInt8], path: String)
  }

  package init(name: String, method: String, path: Template, range: SourceRange) {
    self.name = name
    self.method = method
    self.path = path
    self.range = range
    query = []
    headers = []
    body = .none
    chunked = false
    outcomes = []
    listsOutcomes = false
    repeatCount = 1
    continueOnError = false
  }
}

package struct HeaderTemplate: Sendable, Hashable {
  package var name: String
  package var value: Template

  package init(name: String, value: Template) {
    self.name = name
    self.value = value
  }
}

package struct QueryTemplate: Sendable, Hashable {
  package var name: Template
  package var value: Template

  package init(name: Template, value: Template) {
    self.name = name
    self.value = value
  }

  package init(name: String, value: Template) { self.init(name: Template(literal: name), value: value) }

  /// The variables that must be known before it can be written, in order, as often as they occur.
  package var variables: [String] { name.variables + value.variables }
}

/// A looked-for answer.
package struct Outcome: Sendable {
  package var name: String
  /// All must hold.
  package var matchers: [Matcher]
  package var captures: [Capture]
  /// The outcome counts as an error though it was named: for answers that must not be.
  package var isError: Bool
  /// What the answer says of the request's effect; `nil` where its status tells.
  package var effect: Effect?
  package var range: SourceRange

  package enum Effect: String, Sendable, CaseIterable {
    /// The target promises that nothing happened.
    case none
    /// It may have happened all the same.
    case unknown
  }

  package init(
    name: String, matchers: [Matcher], captures: [Capture] = [], isError: Bool = false, effect: Effect? = nil,
    range: SourceRange
  ) {
    self.name = name
    self.matchers = matchers
    self.captures = captures
    self.isError = isError
    self.effect = effect
    self.range = range
  }
}

/// A predicate over one part of a response.
package struct Matcher: Sendable {
  package enum Subject: Sendable, Hashable {
    case status
    case header(String)
    case cookie(String)
    case json(JSONPath)
    case body
    /// The body's length in bytes.
    case bytes
    /// The service time, milliseconds.
    case duration
  }

  package enum Predicate: Sendable {
    case equals(JSONTemplate)
    case notEquals(JSONTemplate)
    case greaterThan(JSONTemplate)
    case greaterThanOrEqual(JSONTemplate)
    case lessThan(JSONTemplate)
    case lessThanOrEqual(JSONTemplate)
    case startsWith(Template)
    case endsWith(Template)
    case contains(JSONTemplate)
    /// Anywhere in the text unless anchored.
    case matches(Pattern)
    case exists(Bool)
    case isString, isNumber, isBoolean, isList, isObject, isUuid, isIsoDate
    /// The number of elements of a list, or of members of an object.
    case count(Int)
    /// `[200, 201]`: one of these.
    case oneOf([JSONTemplate])
    /// A class of statuses: `'2xx'`.
    case statusClass(Int)
  }

  package var subject: Subject
  package var predicate: Predicate
  package var range: SourceRange

  package init(subject: Subject, predicate: Predicate, range: SourceRange) {
    self.subject = subject
    self.predicate = predicate
    self.range = range
  }
}

/// A value taken from a response into a variable of the user.
package struct Capture: Sendable {
  package enum Source: Sendable, Hashable {
    case json(JSONPath)
    case header(String)
    case cookie(String)
    case status
    case body
  }

  package var variable: String
  package var source: Source
  package var range: SourceRange

  package init(variable: String, source: Source, range: SourceRange) {
    self.variable = variable
    self.source = source
    self.range = range
  }
}
