import JSON

/// What is wrong with one field of one item.
package struct ArchiveFieldProblem: Sendable, Hashable, Error {
  /// Which item of the batch, from 0.
  package var item: Int
  /// Empty where the item as a whole is wrong.
  package var field: String
  package var message: String
}

/// Whether two items are the same one.
package enum ArchiveKey: Sendable, Hashable {
  case url(String)
  case digest(SHA256Digest)

  package var text: String {
    switch self {
    case .url(let url): url
    case .digest(let digest): digest.description
    }
  }
}

/// An item whose fields have been checked.
package struct ArchiveItem: Sendable {
  package let key: ArchiveKey
  /// One for each field of the collection; `null` where the item does not have it.
  package let values: [JSONValue]
  /// The day that orders it; `nil` where the item has none.
  package let date: CivilDate?

  /// Checks an object against the collection: every problem is reported, unknown fields among them.
  ///
  /// - Parameters:
  ///   - index: which item of the batch, for the problems.
  package init?(
    _ value: JSONValue, in collection: ArchiveCollection, index: Int, problems: inout [ArchiveFieldProblem]
  ) {
    guard case .object(let given) = value else {
      problems.append(ArchiveFieldProblem(item: index, field: "", message: "must be an object"))
      return nil
    }
    let problemsBefore = problems.count
    var values = [JSONValue](repeating: .null, count: collection.fields.count)
    for field in given {
      guard let place = collection.index(of: field.key) else {
        problems.append(
          ArchiveFieldProblem(item: index, field: field.key, message: "is no field of \(collection.name)"))
        continue
      }
      if field.value == .null {
        values[place] = .null
        continue
      }
      do {
        values[place] = try Self.checked(field.value, as: collection.fields[place].kind)
      } catch {
        problems.append(ArchiveFieldProblem(item: index, field: field.key, message: error.message))
      }
    }
    for (place, field) in collection.fields.enumerated() where field.isRequired && values[place] == .null {
      let isReported = problems[problemsBefore...].contains { $0.field == field.name }
      if !isReported { problems.append(ArchiveFieldProblem(item: index, field: field.name, message: "is required")) }
    }
    if problems.count > problemsBefore { return nil }
    self.values = values
    date = values[collection.dateField].string.flatMap(Self.day(of:))
    switch collection.identity {
    case .url: key = .url(values[collection.index(of: "url")!].string!)
    case .digest: key = .digest(Self.digest(of: values, in: collection))
    }
  }

  private struct Wrong: Error { var message: String }

  private static func checked(_ value: JSONValue, as kind: ArchiveFieldKind) throws(Wrong) -> JSONValue {
    switch kind {
    case .text(let maxBytes):
      guard let text = value.string else { throw Wrong(message: "must be a string") }
      if isBlank(text) { throw Wrong(message: "must not be empty") }
      if let maxBytes, text.utf8.count > maxBytes { throw Wrong(message: "must be \(maxBytes) bytes at the most") }
      return value
    case .label:
      if let number = value.integer { return .string(String(number)) }
      guard let text = value.string else { throw Wrong(message: "must be a string or an integer") }
      if isBlank(text) { throw Wrong(message: "must not be empty") }
      if text.utf8.count > 100 { throw Wrong(message: "must be 100 bytes at the most") }
      return value
    case .url:
      guard let text = value.string, isAddress(text) else {
        throw Wrong(message: "must be an absolute http or https address of 2048 bytes at the most")
      }
      return value
    case .date:
      guard let text = value.string, day(of: text) != nil else {
        throw Wrong(message: "must be a date such as 2026-02-28, or an instant such as 2026-02-28T09:00:00+09:00")
      }
      return value
    case .integer(let range):
      guard let number = value.integer, range.contains(number) else {
        throw Wrong(message: "must be an integer from \(range.lowerBound) to \(range.upperBound)")
      }
      return .integer(number)
    case .list:
      guard let elements = value.array, elements.count <= 100,
        elements.allSatisfy({ $0.string.map { $0.utf8.count <= 200 } ?? false })
      else { throw Wrong(message: "must be a list of at most 100 strings of at most 200 bytes") }
      return value
    }
  }

  private static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

  private static func isAddress(_ text: String) -> Bool {
    let bytes = text.utf8
    guard bytes.count <= 2_048, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f }) else { return false }
    for scheme in ["http://", "https://"] where text.hasPrefix(scheme) {
      return bytes.dropFirst(scheme.utf8.count).first.map { $0 != UInt8(ascii: "/") } ?? false
    }
    return false
  }

  /// The day that a date or an instant falls on in Seoul.
  package static func day(of text: String) -> CivilDate? {
    CivilDate(text) ?? CivilTime.parseISO(text).map(KSTClock.day(of:))
  }

  // MARK: - Identity

  /// The SHA-256 of the identity fields in the collection's order, each normalised and ended by a zero byte, so that
  /// no text can move from one field into the next.
  package static func digest(of values: [JSONValue], in collection: ArchiveCollection) -> SHA256Digest {
    var hash = SHA256()
    for (value, field) in zip(values, collection.fields) where field.isIdentity {
      hash.update(normalised(value.string ?? ""))
      hash.update([0])
    }
    return hash.finish()
  }

  /// The text's UTF-8 with ASCII letters in lower case, without white space at its ends, each run of white space
  /// within as one space. White space is ASCII's, the no-break space and the ideographic one.
  ///
  /// - Complexity: O(n).
  package static func normalised(_ text: String) -> [UInt8] {
    var text = text
    return text.withUTF8 { bytes in
      var result: [UInt8] = []
      result.reserveCapacity(bytes.count)
      var index = 0
      var isSpacePending = false
      while index < bytes.count {
        let width = whiteSpace(bytes, at: index)
        if width > 0 {
          isSpacePending = !result.isEmpty
          index += width
          continue
        }
        if isSpacePending {
          result.append(0x20)
          isSpacePending = false
        }
        result.append(ArchiveQuery.lowered(bytes[index]))
        index += 1
      }
      return result
    }
  }

  /// How many bytes the white space at `index` takes; 0 where there is none.
  private static func whiteSpace(_ bytes: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    switch bytes[index] {
    case 0x20, 0x09...0x0d: 1
    case 0xc2 where index + 1 < bytes.count && bytes[index + 1] == 0xa0: 2
    case 0xe3 where index + 2 < bytes.count && bytes[index + 1] == 0x80 && bytes[index + 2] == 0x80: 3
    default: 0
    }
  }
}

/// The items of one request, checked.
package struct ArchiveBatch: Sendable {
  /// In the order of their last appearance, each key once: the last one wins.
  package let items: [ArchiveItem]
  /// How many came, the repeated ones included.
  package let received: Int

  /// How many items a body holds; `nil` where it is neither an object nor an array.
  package static func count(in body: JSONValue) -> Int? {
    switch body {
    case .object: 1
    case .array(let elements): elements.count
    default: nil
    }
  }

  /// Why a batch is refused: every problem of every item, up to `maxProblems`.
  package struct Refused: Error, Sendable {
    package var problems: [ArchiveFieldProblem]
  }

  package static let maxProblems = 50

  package init(_ body: JSONValue, in collection: ArchiveCollection) throws(Refused) {
    let values: [JSONValue] =
      switch body {
      case .array(let elements): elements
      default: [body]
      }
    var problems: [ArchiveFieldProblem] = []
    if values.isEmpty { problems.append(ArchiveFieldProblem(item: 0, field: "", message: "the batch is empty")) }
    var places: [ArchiveKey: Int] = [:]
    var items: [ArchiveItem?] = []
    for (index, value) in values.enumerated() {
      guard let item = ArchiveItem(value, in: collection, index: index, problems: &problems) else {
        if problems.count >= Self.maxProblems { break }
        continue
      }
      if let earlier = places[item.key] { items[earlier] = nil }
      places[item.key] = items.count
      items.append(item)
    }
    if !problems.isEmpty { throw Refused(problems: Array(problems.prefix(Self.maxProblems))) }
    self.items = items.compactMap { $0 }
    received = values.count
  }
}
