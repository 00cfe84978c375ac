/// What a field of an archived item may hold.
package enum ArchiveFieldKind: Sendable, Hashable {
  /// Text of at most so many bytes in UTF-8; `nil`: as long as the body may be.
  case text(maxBytes: Int?)
  /// Text, or an integer that is kept as text: session and meeting numbers.
  case label
  /// An absolute http or https address of at most 2,048 bytes.
  case url
  /// `2026-02-28`, or an instant with its zone, of which the day in Seoul counts.
  case date
  case integer(ClosedRange<Int64>)
  /// Texts of at most 200 bytes each, at most 100 of them.
  case list
}

package struct ArchiveField: Sendable, Hashable {
  package var name: String
  package var kind: ArchiveFieldKind
  package var isRequired = false
  /// May be asked for with `?name=value`.
  package var isFilter = false
  /// `q` looks here.
  package var isSearched = false
  /// Part of what makes a segment the same segment.
  package var isIdentity = false

  fileprivate static func text(_ name: String, max: Int? = 500) -> ArchiveField {
    ArchiveField(name: name, kind: .text(maxBytes: max))
  }

  fileprivate init(name: String, kind: ArchiveFieldKind) {
    self.name = name
    self.kind = kind
  }

  fileprivate var required: ArchiveField { with { $0.isRequired = true } }
  fileprivate var filter: ArchiveField { with { $0.isFilter = true } }
  fileprivate var searched: ArchiveField { with { $0.isSearched = true } }
  fileprivate var identity: ArchiveField { with { $0.isIdentity = true } }

  private func with(_ change: (inout ArchiveField) -> Void) -> ArchiveField {
    var copy = self
    change(&copy)
    return copy
  }
}

/// A kind of items: its fields, and what makes two items the same one.
package struct ArchiveCollection: Sendable, Hashable {
  package enum Identity: Sendable, Hashable {
    /// The address; a later item with it replaces the earlier one.
    case url
    /// The SHA-256 of the normalised identity fields.
    case digest
  }

  /// As in `/api/news`.
  package let name: String
  package let identity: Identity
  /// In the order in which an item shows them.
  package let fields: [ArchiveField]
  /// The field that orders the list and that `from` and `to` are about.
  package let dateField: Int

  private init(_ name: String, _ identity: Identity, dateField: String, _ fields: [ArchiveField]) {
    self.name = name
    self.identity = identity
    self.fields = fields
    self.dateField = fields.firstIndex { $0.name == dateField }!
  }

  package func index(of field: String) -> Int? { fields.firstIndex { $0.name == field } }

  package static let news = ArchiveCollection(
    "news", .url, dateField: "published_at",
    [
      .text("title").required.searched,
      ArchiveField(name: "url", kind: .url).required,
      .text("source").filter,
      .text("author"),
      ArchiveField(name: "published_at", kind: .date),
      .text("summary", max: nil).searched,
      ArchiveField(name: "keywords", kind: .list),
      .text("content", max: nil).searched,
    ])

  package static let minutes = ArchiveCollection(
    "minutes", .url, dateField: "meeting_date",
    [
      .text("council").required.filter,
      ArchiveField(name: "url", kind: .url).required,
      .text("committee").filter,
      ArchiveField(name: "session", kind: .label).filter,
      ArchiveField(name: "meeting_no", kind: .label),
      ArchiveField(name: "meeting_date", kind: .date),
      .text("title").searched,
      ArchiveField(name: "agenda", kind: .list).searched,
      ArchiveField(name: "attendees", kind: .list),
      ArchiveField(name: "tags", kind: .list),
      .text("summary", max: nil).searched,
      .text("content", max: nil).searched,
    ])

  package static let segments = ArchiveCollection(
    "segments", .digest, dateField: "meeting_date",
    [
      .text("council").required.filter.identity,
      .text("committee").filter.identity,
      ArchiveField(name: "session", kind: .label).filter.identity,
      ArchiveField(name: "meeting_no", kind: .label).identity,
      ArchiveField(name: "meeting_date", kind: .date).identity,
      .text("subject").searched.identity,
      .text("questioner").identity,
      .text("answerer").identity,
      .text("party").filter,
      .text("district").filter,
      .text("constituency"),
      .text("department"),
      ArchiveField(name: "importance", kind: .integer(1...5)).filter,
      ArchiveField(name: "tags", kind: .list),
      .text("summary", max: nil).searched,
      .text("content", max: nil).searched.identity,
    ])

  package static let all = [news, minutes, segments]
}
