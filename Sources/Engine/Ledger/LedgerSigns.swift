import JSON

/// Signs in a response that it is one page of several, by the names that services use.
enum LedgerSigns {
  struct Total: Hashable {
    var name: String
    var count: Int
  }

  /// Says that there is a next page, in words; `nil` where nothing does.
  static func next(_ json: JSONValue?, _ header: (String) -> [String]) -> String? {
    if header("link").contains(where: { WebLink.next($0) != nil }) {
      return "the response has a Link header with rel=next"
    }
    for (name, value) in members(of: json) {
      let isNext =
        switch name {
        case "next", "nextpage", "nexturl", "nextlink", "nextcursor", "nexttoken", "nextpagetoken", "nextoffset",
          "odatanextlink":
          value.string.map { !$0.isEmpty } ?? (value["href"]?.string != nil || (value.integer ?? 0) > 0)
        case "hasmore", "hasnext", "hasnextpage", "morepages", "more": value.bool == true
        default: false
        }
      if isNext { return "the response says '\(shown(name, in: json))': \(short(value))" }
    }
    return nil
  }

  /// The largest number that a response gives as the number of rows.
  static func total(_ json: JSONValue?, _ header: (String) -> [String]) -> Total? {
    var totals: [Total] = []
    for name in ["X-Total-Count", "X-Total", "Total-Count"] {
      if let count = header(name.lowercased()).first.flatMap({ Int($0) }) {
        totals.append(Total(name: name, count: count))
      }
    }
    // `items 0-99/300` (RFC 9110, section 14.4).
    if let range = header("content-range").first, let slash = range.lastIndex(of: "/"),
      let count = Int(range[range.index(after: slash)...])
    {
      totals.append(Total(name: "Content-Range", count: count))
    }
    for (name, value) in members(of: json) {
      switch name {
      case "total", "totalcount", "totalelements", "totalitems", "totalresults", "totalrows", "count", "odatacount":
        if let count = value.integer, count >= 0 {
          totals.append(Total(name: shown(name, in: json), count: Int(count)))
        }
      default: break
      }
    }
    return totals.max { $0.count < $1.count }
  }

  private static let containers: Set<String> = [
    "paging", "pagination", "meta", "metadata", "links", "page", "pageinfo", "cursor", "cursors", "info",
    "responsemetadata",
  ]

  /// Of the response itself, and of its members that usually say how it is paged.
  private static func members(of json: JSONValue?) -> [(name: String, value: JSONValue)] {
    guard case .object(let fields)? = json else { return [] }
    return fields.flatMap { field -> [(String, JSONValue)] in
      let name = folded(field.key)
      guard case .object(let inner) = field.value, containers.contains(name) else { return [(name, field.value)] }
      return inner.map { (folded($0.key), $0.value) }
    }
  }

  /// `total_count`, `totalCount` and `@odata.count` without what habits differ in.
  private static func folded(_ name: String) -> String {
    String(String.UnicodeScalarView(name.lowercased().unicodeScalars.filter { ("a"..."z").contains($0) }))
  }

  /// The name as the response writes it.
  private static func shown(_ name: String, in json: JSONValue?) -> String {
    guard case .object(let fields)? = json else { return name }
    for field in fields {
      if folded(field.key) == name { return field.key }
      if case .object(let inner) = field.value, let found = inner.first(where: { folded($0.key) == name }) {
        return "\(field.key).\(found.key)"
      }
    }
    return name
  }

  private static func short(_ value: JSONValue) -> String { LedgerFault.short(value.text(), 60) }
}
