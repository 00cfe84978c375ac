import CLinux
import JSON

/// A stored item.
package struct ArchiveRow: Sendable {
  package let id: Int
  package let key: ArchiveKey
  package let values: [JSONValue]
  package let date: CivilDate?
  /// Nanoseconds since 1970, UTC.
  package let createdAt: Int64
  package let updatedAt: Int64
  /// The whole length of the content in bytes, of which `values` hold at most `ArchiveTable.keptContentBytes`.
  package let contentBytes: Int
  /// What `q` looks through: the searched fields in ASCII lower case.
  fileprivate let haystack: [UInt8]
  /// The row's JSON without its content, as lists show it, without the closing brace.
  fileprivate let listed: [UInt8]

  /// About how many bytes its texts take: those that lists show are there twice.
  fileprivate var storedBytes: Int {
    2 * listed.count + haystack.count + min(contentBytes, ArchiveTable.keptContentBytes)
  }
}

/// The items of one collection: by id, by key, and in the order of their dates.
///
/// A content longer than `keptContentBytes` is kept cut: a load of bodies at the limit must not fill the memory.
package struct ArchiveTable: Sendable {
  package static let keptContentBytes = 16_384

  package let collection: ArchiveCollection
  private let contentField: Int
  /// Row `id` is at `id − 1`; deleted ones leave a gap.
  private var rows: [ArchiveRow?] = []
  private var byKey: [ArchiveKey: Int] = [:]
  /// Oldest first; rows without a date before all others; equal days by id.
  private var order: [OrderEntry] = []
  /// Whether the rows of the start have been written.
  var hasHadRows = false

  private struct OrderEntry: Sendable, Comparable {
    var day: Int
    var id: Int
    static func < (left: OrderEntry, right: OrderEntry) -> Bool { (left.day, left.id) < (right.day, right.id) }
  }

  package init(_ collection: ArchiveCollection) {
    self.collection = collection
    contentField = collection.index(of: "content")!
  }

  package var count: Int { order.count }

  /// Bytes that the rows' texts take.
  package private(set) var storedBytes = 0

  /// Whether `items` more would be too many, or the rows take all their room already.
  ///
  /// - Parameters:
  ///   - items: That the table does not have yet.
  ///   - most: Rows that it may have had since its reset.
  package func isFull(for items: Int, most: Int, bytes: Int) -> Bool {
    rows.count + items > most || storedBytes >= bytes
  }

  /// Every row, by id.
  package var all: [ArchiveRow] { rows.compactMap { $0 } }

  package func row(_ id: Int) -> ArchiveRow? { id >= 1 && id <= rows.count ? rows[id - 1] : nil }

  package func id(of key: ArchiveKey) -> Int? { byKey[key] }

  // MARK: - Writing

  package struct Written: Sendable, Hashable {
    package var inserted = 0
    package var updated = 0
    package init(inserted: Int = 0, updated: Int = 0) {
      self.inserted = inserted
      self.updated = updated
    }
  }

  /// Inserts what is new and replaces what is there, each key one row.
  ///
  /// - Complexity: O(k log n) comparisons; an item that is not among the newest moves the newer ones' entries.
  package mutating func upsert(_ items: [ArchiveItem], at instant: Int64) -> Written {
    var written = Written()
    for item in items {
      if let id = byKey[item.key] {
        replace(id, with: item, at: instant)
        written.updated += 1
      } else {
        insert(item, at: instant)
        written.inserted += 1
      }
    }
    return written
  }

  /// Inserts a row without looking whether its key is there already.
  package mutating func insert(_ item: ArchiveItem, at instant: Int64) {
    let id = rows.count + 1
    let row = makeRow(id, item, createdAt: instant, updatedAt: instant)
    storedBytes += row.storedBytes
    rows.append(row)
    byKey[item.key] = id
    place(OrderEntry(day: Self.day(item.date), id: id))
  }

  private mutating func replace(_ id: Int, with item: ArchiveItem, at instant: Int64) {
    let old = rows[id - 1]!
    let row = makeRow(id, item, createdAt: old.createdAt, updatedAt: instant)
    storedBytes += row.storedBytes - old.storedBytes
    rows[id - 1] = row
    if old.date != item.date {
      remove(OrderEntry(day: Self.day(old.date), id: id))
      place(OrderEntry(day: Self.day(item.date), id: id))
    }
  }

  /// - Returns: whether there was such a row.
  package mutating func delete(_ id: Int) -> Bool {
    guard let row = row(id) else { return false }
    rows[id - 1] = nil
    storedBytes -= row.storedBytes
    if byKey[row.key] == id { byKey[row.key] = nil }
    remove(OrderEntry(day: Self.day(row.date), id: id))
    return true
  }

  private static func day(_ date: CivilDate?) -> Int { date?.daysSince1970 ?? .min }

  private mutating func place(_ entry: OrderEntry) { order.insert(entry, at: firstIndex(notBefore: entry)) }

  private mutating func remove(_ entry: OrderEntry) {
    let index = firstIndex(notBefore: entry)
    if index < order.count, order[index] == entry { order.remove(at: index) }
  }

  private func firstIndex(notBefore entry: OrderEntry) -> Int {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if order[middle] < entry { low = middle + 1 } else { high = middle }
    }
    return low
  }

  // MARK: - Reading

  package struct Page: Sendable {
    /// How many rows match in all.
    package var total: Int
    package var rows: [ArchiveRow]
  }

  /// The rows that match, newest first.
  ///
  /// - Complexity: O(size + log n) where only dates are asked for, else O(n) with a search of each row's text.
  package func page(_ query: ArchiveQuery) -> Page {
    let low = query.from.map { firstIndex(notBefore: OrderEntry(day: $0.daysSince1970, id: 0)) } ?? 0
    let high = query.to.map { firstIndex(notBefore: OrderEntry(day: $0.daysSince1970 + 1, id: 0)) } ?? order.count
    var page = Page(total: 0, rows: [])
    if low >= high { return page }
    let skipped = (query.page - 1).multipliedReportingOverflow(by: query.size)
    let first = skipped.overflow ? Int.max : skipped.partialValue
    if query.filters.isEmpty, query.needle.isEmpty {
      page.total = high - low
      if first < page.total {
        for index in stride(from: high - 1 - first, through: max(low, high - first - query.size), by: -1) {
          page.rows.append(rows[order[index].id - 1]!)
        }
      }
      return page
    }
    for index in stride(from: high - 1, through: low, by: -1) {
      let row = rows[order[index].id - 1]!
      guard query.filters.allSatisfy({ row.values[$0.field] == $0.value }), contains(query.needle, in: row) else {
        continue
      }
      if page.total >= first, page.rows.count < query.size { page.rows.append(row) }
      page.total += 1
    }
    return page
  }

  private func contains(_ needle: [UInt8], in row: ArchiveRow) -> Bool {
    needle.isEmpty
      || row.haystack.withUnsafeBytes { text in
        needle.withUnsafeBytes {
          stampede_find(text.baseAddress!, UInt(text.count), $0.baseAddress!, UInt($0.count)) >= 0
        }
      }
  }

  // MARK: - Rows

  private func makeRow(_ id: Int, _ item: ArchiveItem, createdAt: Int64, updatedAt: Int64) -> ArchiveRow {
    var values = item.values
    var contentBytes = 0
    if let content = values[contentField].string {
      contentBytes = content.utf8.count
      if contentBytes > Self.keptContentBytes { values[contentField] = .string(Self.cut(content)) }
    }
    var haystack: [UInt8] = [0]
    var fields: [JSONField] = [JSONField("id", .integer(Int64(id)))]
    for (place, field) in collection.fields.enumerated() {
      if field.isSearched { Self.appendLowered(values[place], to: &haystack) }
      if place != contentField { fields.append(JSONField(field.name, values[place])) }
    }
    if case .digest = item.key { fields.append(JSONField("dedupe_hash", .string(item.key.text))) }
    fields.append(JSONField("created_at", .string(KSTClock.timestamp(createdAt))))
    fields.append(JSONField("updated_at", .string(KSTClock.timestamp(updatedAt))))
    var listed: [UInt8] = []
    JSONValue.object(fields).write(into: &listed)
    listed.removeLast()
    return ArchiveRow(
      id: id, key: item.key, values: values, date: item.date, createdAt: createdAt, updatedAt: updatedAt,
      contentBytes: contentBytes, haystack: haystack, listed: listed)
  }

  /// The text's beginning, at most `keptContentBytes` long, ending between two characters' encodings.
  private static func cut(_ text: String) -> String {
    var end = text.utf8.index(text.utf8.startIndex, offsetBy: keptContentBytes)
    while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }

  private static func appendLowered(_ value: JSONValue, to haystack: inout [UInt8]) {
    switch value {
    case .string(let text):
      for byte in text.utf8 { haystack.append(ArchiveQuery.lowered(byte)) }
      haystack.append(0)
    case .array(let elements):
      for element in elements { appendLowered(element, to: &haystack) }
    default: break
    }
  }
}

extension ArchiveRow {
  /// Appends the row as lists show it: without its content.
  package func writeListed(into bytes: inout [UInt8]) {
    bytes.append(contentsOf: listed)
    bytes.append(UInt8(ascii: "}"))
  }

  /// Appends the whole row: with the content that is kept, and the length that it had.
  package func writeWhole(of collection: ArchiveCollection, into bytes: inout [UInt8]) {
    bytes.append(contentsOf: listed)
    bytes.append(contentsOf: #","content":"#.utf8)
    values[collection.index(of: "content")!].write(into: &bytes)
    bytes.append(contentsOf: ",\"content_bytes\":\(contentBytes)}".utf8)
  }
}
