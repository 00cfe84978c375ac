import JSON

/// What a list is asked for: `page`, `size`, `q`, `from`, `to` and the collection's filters.
package struct ArchiveQuery: Sendable {
  package struct Filter: Sendable {
    package var field: Int
    package var value: JSONValue
  }

  /// From 1.
  package var page = 1
  /// 1 to 200.
  package var size = 20
  /// The text looked for, in ASCII lower case; empty where none is.
  package var needle: [UInt8] = []
  package var from: CivilDate?
  /// Still part of what is asked for.
  package var to: CivilDate?
  package var filters: [Filter] = []

  package init() {}

  /// Why a query string is refused: every parameter that is wrong.
  package struct Refused: Error, Sendable, Hashable {
    package struct Problem: Sendable, Hashable {
      package var parameter: String
      package var message: String
    }
    package var problems: [Problem]
  }

  package init(
    _ parameters: [(name: String, value: String)], for collection: ArchiveCollection
  ) throws(Refused) {
    var problems: [Refused.Problem] = []
    func problem(_ parameter: String, _ message: String) {
      problems.append(Refused.Problem(parameter: parameter, message: message))
    }
    for (name, value) in parameters {
      switch name {
      case "page":
        if let number = Self.number(value), number >= 1 { page = number } else { problem(name, "must be 1 or more") }
      case "size":
        if let number = Self.number(value), (1...200).contains(number) {
          size = number
        } else {
          problem(name, "must be from 1 to 200")
        }
      case "q":
        if value.utf8.count <= 200 {
          needle = value.utf8.map(Self.lowered)
        } else {
          problem(name, "must be 200 bytes at the most")
        }
      case "from", "to":
        if let date = CivilDate(value) {
          if name == "from" { from = date } else { to = date }
        } else {
          problem(name, "must be a date such as 2026-02-28")
        }
      default:
        if let field = collection.index(of: name), collection.fields[field].isFilter {
          if case .integer = collection.fields[field].kind {
            if let number = Self.number(value) {
              filters.append(Filter(field: field, value: .integer(Int64(number))))
            } else {
              problem(name, "must be an integer")
            }
          } else {
            filters.append(Filter(field: field, value: .string(value)))
          }
        } else {
          problem(name, "is no parameter of \(collection.name)")
        }
      }
    }
    if let from, let to, from > to { problem("from", "must not be after 'to'") }
    if !problems.isEmpty { throw Refused(problems: problems) }
  }

  private static func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.utf8.count <= 18, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
    return Int(text)
  }

  static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte }
}
