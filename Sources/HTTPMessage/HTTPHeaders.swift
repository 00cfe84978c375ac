/// The header fields of a message, in their order: one storage of bytes, and an index of offsets into it.
///
/// A reader copies a head into the storage once and reuses storage and index for the next message, so that in the
/// steady state nothing is allocated; a copy of the headers that is kept past the next message costs one allocation.
/// Nothing is decoded before it is asked for. Names compare without case (RFC 9110, section 5.1).
package struct HTTPHeaders: Sendable {
  /// Where a field's name and its value, without the white space around it, lie in the storage.
  struct Field {
    var nameStart: UInt32
    var nameEnd: UInt32
    var valueStart: UInt32
    var valueEnd: UInt32
  }

  /// The bytes that the index points into: in a message that was read, its whole head with the start line.
  package internal(set) var bytes: [UInt8] = []
  /// The first `count` are in use; the rest is room for the next head.
  var fields: [Field] = []
  /// The number of fields, repeated ones counted each.
  package internal(set) var count = 0

  package init() {}

  package init(_ pairs: [(String, String)]) {
    for (name, value) in pairs { append(name, value) }
  }

  /// The field at a position from 0. Bytes that are not UTF-8 come out as U+FFFD.
  package subscript(index: Int) -> (name: String, value: String) {
    precondition(index >= 0 && index < count, "no header field at \(index)")
    let field: Field = fields[index]
    return (
      String(decoding: bytes[Int(field.nameStart)..<Int(field.nameEnd)], as: UTF8.self),
      String(decoding: bytes[range(of: field)], as: UTF8.self)
    )
  }

  /// The value of the first field of a name, written in lower case, as offsets into `bytes`: for reading it without
  /// making a `String`.
  ///
  /// - Complexity: O(`count`); a name is compared only where its length agrees.
  package func valueRange(_ lowercasedName: String) -> Range<Int>? {
    index(of: lowercasedName, from: 0).map { range(of: fields[$0]) }
  }

  /// The value of the first field of a name, written in lower case.
  package func first(_ lowercasedName: String) -> String? {
    valueRange(lowercasedName).map { String(decoding: bytes[$0], as: UTF8.self) }
  }

  /// The values of all fields of a name, written in lower case, in their order.
  package func all(_ lowercasedName: String) -> [String] {
    var values: [String] = []
    var next = 0
    while let found = index(of: lowercasedName, from: next) {
      values.append(String(decoding: bytes[range(of: fields[found])], as: UTF8.self))
      next = found + 1
    }
    return values
  }

  /// Whether a field that is a list of tokens (`Connection`, `Vary`) holds a token, written in lower case.
  package func contains(_ lowercasedName: String, token: String) -> Bool {
    var token: String = token
    return token.withUTF8 { wanted in
      bytes.withUnsafeBufferPointer { all in
        var next = 0
        while let found = index(of: lowercasedName, from: next) {
          var list = TokenList(all.baseAddress!, Int(fields[found].valueStart), Int(fields[found].valueEnd))
          while let (start, end) = list.next() {
            if equalsLowercased(all.baseAddress! + start, end - start, wanted) { return true }
          }
          next = found + 1
        }
        return false
      }
    }
  }

  /// Adds a field at the end, as it is: the writer, not this, checks names and values.
  package mutating func append(_ name: String, _ value: String) {
    precondition(!name.isEmpty, "a header field has a name")
    let nameStart = UInt32(bytes.count)
    bytes.append(contentsOf: name.utf8)
    let nameEnd = UInt32(bytes.count)
    bytes.append(contentsOf: value.utf8)
    let field = Field(
      nameStart: nameStart, nameEnd: nameEnd, valueStart: nameEnd, valueEnd: UInt32(bytes.count))
    if count < fields.count { fields[count] = field } else { fields.append(field) }
    count += 1
  }

  /// Forgets all fields and keeps the memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    count = 0
  }

  /// Turns line ends within values into spaces (RFC 9112, section 5.2).
  mutating func unfold() {
    for field in fields[..<count] {
      for position in range(of: field) where bytes[position] == .carriageReturn || bytes[position] == .lineFeed {
        bytes[position] = .space
      }
    }
  }

  private func range(of field: Field) -> Range<Int> { Int(field.valueStart)..<Int(field.valueEnd) }

  /// The first field of a name at or after an index.
  private func index(of lowercasedName: String, from start: Int) -> Int? {
    var name: String = lowercasedName
    return name.withUTF8 { wanted in
      bytes.withUnsafeBufferPointer { all in
        fields.withUnsafeBufferPointer { fields in
          for index in start..<max(start, count) {
            let nameStart = Int(fields[index].nameStart)
            let length = Int(fields[index].nameEnd) &- nameStart
            if length == wanted.count, equalsLowercased(all.baseAddress! + nameStart, length, wanted) {
              return index
            }
          }
          return nil
        }
      }
    }
  }
}
