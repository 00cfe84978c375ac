import JSON

/// A text that other tools would fill in, and that is sent as it stands here: `{id}`, `{{id}}`, `<id>`, `:id`, `$id`.
struct ForeignTemplate: Hashable {
  var text: String
  /// The variable that seems to be meant.
  var name: String

  /// Those in the step's path, query, headers and body.
  ///
  /// Bodies and headers may well hold braces and colons of their own: only `{{id}}` is taken for a variable there, and
  /// what names one that is known.
  ///
  /// - Parameter known: Variables that the step could name.
  static func found(in step: Step, known: Set<String>) -> [ForeignTemplate] {
    var found: [ForeignTemplate] = []
    func add(_ places: [ForeignTemplate]) { for place in places where !found.contains(place) { found.append(place) } }
    let (path, query) = split(step.path.literals)
    add(enclosed(path.joined()).map(\.place))
    add(segments(path, known))
    for value in [query.joined()] + step.query.flatMap({ $0.name.literals + $0.value.literals }) {
      add(enclosed(value).map(\.place))
      add(dollars(value, known))
    }
    for value in step.headers.flatMap({ $0.value.literals }) + step.bodyTexts {
      let places = enclosed(value).filter { form, place in
        form == .doubleBrace || form == .brace && known.contains(place.name)
      }
      add(places.map(\.place))
      add(dollars(value, known))
    }
    return found
  }

  private enum Form { case brace, doubleBrace, tag }

  /// `{id}`, `{{ id }}` and `<id>` in a text.
  private static func enclosed(_ text: String) -> [(form: Form, place: ForeignTemplate)] {
    var found: [(form: Form, place: ForeignTemplate)] = []
    let forms: [(Form, String, String)] = [(.doubleBrace, "{{", "}}"), (.brace, "{", "}"), (.tag, "<", ">")]
    var rest = text[...]
    scan: while let start = rest.firstIndex(where: { $0 == "{" || $0 == "<" }) {
      for (form, open, close) in forms where rest[start...].hasPrefix(open) {
        let inside = rest[start...].dropFirst(open.count)
        guard let end = inside.firstRange(of: close) else { continue }
        let name = inside[..<end.lowerBound].filter { $0 != " " }
        guard isVariable(name) else { continue }
        found.append((form, ForeignTemplate(text: String(rest[start..<end.upperBound]), name: name)))
        rest = rest[end.upperBound...]
        continue scan
      }
      rest = rest[rest.index(after: start)...]
    }
    return found
  }

  /// `/users/:id`, and `/users/$id` where that variable is known: `$metadata` may well be a path.
  private static func segments(_ path: [String], _ known: Set<String>) -> [ForeignTemplate] {
    path.flatMap { $0.split(separator: "/") }.compactMap { segment in
      let name = String(segment.dropFirst())
      switch segment.first {
      case ":" where isVariable(name), "$" where known.contains(name):
        return ForeignTemplate(text: String(segment), name: name)
      default: return nil
      }
    }
  }

  /// `$id` as the whole of a text, where that variable is known.
  private static func dollars(_ text: String, _ known: Set<String>) -> [ForeignTemplate] {
    guard text.first == "$", known.contains(String(text.dropFirst())) else { return [] }
    return [ForeignTemplate(text: text, name: String(text.dropFirst()))]
  }

  private static func split(_ literals: [String]) -> (path: [String], query: [String]) {
    var (path, query): ([String], [String]) = ([], [])
    for text in literals {
      guard query.isEmpty, let mark = text.firstIndex(of: "?") else {
        if query.isEmpty { path.append(text) } else { query.append(text) }
        continue
      }
      path.append(String(text[..<mark]))
      query.append(String(text[mark...]))
    }
    return (path, query)
  }

  /// A name, perhaps with a column: `id`, `user.id`.
  private static func isVariable(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return !parts.isEmpty && parts.allSatisfy { isName(String($0), dashes: true) }
  }
}

extension Template {
  fileprivate var literals: [String] { parts.compactMap { if case .literal(let text) = $0 { text } else { nil } } }
}

extension Step {
  /// The texts of the body that stand as they are.
  fileprivate var bodyTexts: [String] {
    switch body {
    case .json(let json), .sizedJSON(let json, _, _), .batchJSON(let json, _): json.literals
    case .text(let template): template.literals
    case .form(let pairs): pairs.flatMap { $0.name.literals + $0.value.literals }
    case .none, .bytes, .file: []
    }
  }
}

extension JSONValue {
  fileprivate var strings: [String] {
    switch self {
    case .string(let text): [text]
    case .array(let elements): elements.flatMap(\.strings)
    case .object(let fields): fields.flatMap { [$0.key] + $0.value.strings }
    case .null, .bool, .integer, .number, .decimal: []
    }
  }
}

extension JSONTemplate {
  fileprivate var literals: [String] {
    switch self {
    case .constant(let value): value.strings
    case .string(let template), .number(let template): template.literals
    case .array(let elements): elements.flatMap(\.literals)
    case .object(let fields): fields.flatMap { $0.key.literals + $0.value.literals }
    }
  }
}
