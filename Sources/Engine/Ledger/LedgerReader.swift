import HTTPClient
import JSON
import Measurement
import Scenario

/// Reads a ledger page by page: says what to ask for, takes what was answered, and knows when the list is whole.
///
/// A value without a connection, a clock or a task: `Run` carries its requests out.
struct LedgerReader {
  struct Request: Hashable {
    var query: [Parameter] = []
    /// The whole URL of the page, instead of the ledger's path; of the same origin.
    var link: String?

    struct Parameter: Hashable {
      var name: String
      var value: String
    }
  }

  struct Response {
    var status: Int
    var body: [UInt8]
    /// The values of a header by its name.
    var header: (String) -> [String] = { _ in [] }
    /// More came than was kept.
    var isCut = false
    /// Why there is no response.
    var failure: String?
    /// What is wrong with it, where that is known already.
    var fault: LedgerFault?
    /// What was asked, for links that are relative to it.
    var url: HTTPURL?
  }

  enum Action: Hashable {
    case ask(Request)
    case done
  }

  let ledger: Invariant.Ledger
  private(set) var record = LedgerRecord(keys: [], pages: 0)
  private(set) var fault: LedgerFault?
  /// The first few rows as they were read, to be shown.
  private(set) var firstRows: [JSONValue] = []

  private var bytes = 0
  private var page = 0
  private var pages = LedgerPages()
  private var rowsOnLastPage = 0
  /// By the response that was read last.
  private var total: Int?
  private var likelyTotal: LedgerSigns.Total?
  private var sawNotFound = false
  private var shortPage: (number: Int, rows: Int)?
  /// Cursors and links that were followed.
  private var followed: Set<String> = []

  static let shownRows = 3

  init(_ ledger: Invariant.Ledger) {
    self.ledger = ledger
    page = ledger.page?.first ?? 0
  }

  private var limits: LedgerLimits { ledger.limits }

  // MARK: - What to ask for

  var first: Request { request() }

  /// - Parameter cursor: What the response before said; `nil` for the first page.
  private func request(cursor: String? = nil) -> Request {
    var request = Request()
    guard let paging = ledger.page else { return request }
    if let parameter = paging.parameter {
      switch paging.advance {
      case .pages: request.query.append(.init(name: parameter, value: String(page)))
      case .rows: request.query.append(.init(name: parameter, value: String(paging.first + record.count)))
      case .cursor: if let cursor { request.query.append(.init(name: parameter, value: cursor)) }
      case .link: break
      }
    }
    if let parameter = paging.sizeParameter, let size = paging.size {
      request.query.append(.init(name: parameter, value: String(size)))
    }
    return request
  }

  /// How much may still be read.
  var bytesLeft: Int { max(0, limits.bytes - bytes) }

  /// Ends the reading from outside.
  mutating func giveUp(_ fault: LedgerFault) { _ = fail(fault.cause, fault.text) }

  // MARK: - What was answered

  mutating func take(_ response: Response) -> Action {
    record.pages += 1
    bytes += response.body.count
    if let fault = response.fault { return fail(fault.cause, fault.text) }
    if let failure = response.failure { return fail(.target, failure) }
    if isBeyondTheEnd(response.status) {
      sawNotFound = true
      return finish()
    }
    guard response.status == 200 else { return fail(status: response) }
    if response.isCut || bytes > limits.bytes {
      return fail(
        .scenario, "the responses are longer than \(limits.bytes) bytes together; 'limits' sets how many: { bytes: … }")
    }
    let rows: [JSONValue]
    let json: JSONValue?
    do throws(LedgerFault) {
      (rows, json) = try ledger.rows(in: response.body)
      try add(rows)
    } catch {
      return fail(error.cause, error.text)
    }
    if record.count > limits.rows {
      return fail(
        .scenario, "the list is longer than \(limits.rows) rows; 'limits' sets how many are read: { rows: … }")
    }
    if let place = ledger.total {
      guard let number = value(place, json, response).flatMap(Self.count) else {
        return fail(.scenario, "the response has no number of rows at \(place.text): 'total' says where it stands")
      }
      total = number
    } else if !ledger.isOnePage, !ledger.isCommand, ledger.rows != nil {
      likelyTotal = LedgerSigns.total(json, response.header) ?? likelyTotal
    }
    return next(after: rows, json, response)
  }

  /// Some targets answer so for the page after the last.
  private func isBeyondTheEnd(_ status: Int) -> Bool {
    guard status == 404 || status == 416, record.pages > 1, rowsOnLastPage > 0 else { return false }
    switch ledger.page?.advance {
    case .pages, .rows: return true
    case .cursor, .link, nil: return false
    }
  }

  private mutating func add(_ rows: [JSONValue]) throws(LedgerFault) {
    func missing(_ row: Int, _ path: JSONPath, _ what: String, _ key: String) -> LedgerFault {
      let place = ledger.isNumber ? "the response" : "row \(record.count + 1)"
      return LedgerFault(
        .scenario, "\(place) has \(what) at \(path): \(LedgerFault.short(rows[row].text())); is '\(key)' right?")
    }
    for (index, row) in rows.enumerated() {
      var text = ""
      if let key = ledger.key {
        guard let found = key.first(in: row), found != .null else { throw missing(index, key, "nothing", "key") }
        text = found.string ?? found.text()
      }
      if let amount = ledger.amount {
        guard let number = amount.first(in: row)?.wholeNumber else {
          throw missing(index, amount, "no whole number", ledger.isNumber ? "value" : "sum")
        }
        record.amounts.append(number)
      }
      record.keys.append(text)
      if firstRows.count < Self.shownRows { firstRows.append(row) }
    }
  }

  private mutating func next(after rows: [JSONValue], _ json: JSONValue?, _ response: Response) -> Action {
    guard let paging = ledger.page else {
      if !ledger.isOnePage, ledger.total == nil, !ledger.isCommand, ledger.rows != nil,
        let sign = LedgerSigns.next(json, response.header)
      {
        return fail(
          .scenario,
          "\(sign), so there are more rows than these \(record.count): say with 'page' how they are asked for, or "
            + "page: 'none' if one response holds all")
      }
      return finish()
    }
    let problem = pages.add(rows.map(\.hashValue))
    if rowsOnLastPage > 0, !rows.isEmpty, let size = paging.size, rowsOnLastPage < size, shortPage == nil {
      shortPage = (record.pages - 1, rowsOnLastPage)
    }
    rowsOnLastPage = rows.count
    if let problem { return fail(.list, self.text(of: problem, paging)) }
    switch paging.advance {
    case .pages, .rows:
      if rows.isEmpty || total.map({ record.count >= $0 }) ?? false { return finish() }
      page += 1
      return go(to: request())
    case .cursor(let place):
      guard let found = value(place, json, response), let cursor = Self.cursor(found) else { return finish() }
      guard followed.insert(cursor).inserted else {
        return fail(
          .list, "the cursor '\(LedgerFault.short(cursor))' came a second time, so that the pages would never end")
      }
      return go(to: request(cursor: cursor))
    case .link(let place):
      return follow(place, json, response)
    }
  }

  private mutating func follow(_ place: Invariant.Ledger.Place, _ json: JSONValue?, _ response: Response) -> Action {
    var text: String?
    switch place {
    case .json: text = value(place, json, response).flatMap { $0.string }
    case .header(let name): text = response.header(name).lazy.compactMap(WebLink.next).first
    }
    guard let text, !text.isEmpty else { return finish() }
    guard let base = response.url else { return finish() }
    switch WebLink.resolve(text, against: base) {
    case .failure(let fault): return fail(.scenario, fault.text)
    case .success(let url):
      guard followed.insert(url).inserted else {
        return fail(
          .list, "the link '\(LedgerFault.short(text))' came a second time, so that the pages would never end")
      }
      return go(to: Request(link: url))
    }
  }

  private mutating func go(to request: Request) -> Action {
    if record.pages >= limits.pages {
      return fail(
        .scenario, "the list does not end after \(record.pages) pages; 'limits' sets how many are read: { pages: … }")
    }
    return .ask(request)
  }

  private func value(_ place: Invariant.Ledger.Place, _ json: JSONValue?, _ response: Response) -> JSONValue? {
    switch place {
    case .json(let path): json.flatMap { path.first(in: $0) }
    case .header(let name): response.header(name).first.map { .string($0) }
    }
  }

  private static func count(_ value: JSONValue) -> Int? { value.wholeNumber.flatMap { $0 >= 0 ? Int($0) : nil } }

  /// `nil` where there is no next page.
  private static func cursor(_ value: JSONValue) -> String? {
    switch value {
    case .string(let text): text.isEmpty ? nil : text
    case .integer, .number: value.text()
    default: nil
    }
  }

  // MARK: - The end

  private mutating func finish() -> Action {
    if let total, total != record.count {
      let hint =
        total < record.count
        ? "is 'total' the number of rows?"
        : ledger.page == nil ? "say with 'page' how the others are asked for" : "is the list sorted, and 'page' right?"
      return fail(
        .list,
        "the target says that there are \(total) rows in all (\(ledger.total?.text ?? "")), and "
          + "\(record.count) were read: \(hint)")
    }
    if total == nil || pages.repeats > 0 { record.doubt = doubt }
    return .done
  }

  private var doubt: LedgerDoubt? {
    if pages.repeats > 0, !pages.hasRepeatsWithin {
      return LedgerDoubt(
        .repeatedRows,
        "\(pages.repeats) of the \(record.count) rows were on two pages, and others may have been on none: sort the list "
          + "by something that is unique")
    }
    if let likelyTotal, likelyTotal.count > record.count {
      return LedgerDoubt(
        .moreRows,
        "the response says '\(likelyTotal.name)': \(likelyTotal.count), and \(record.count) rows were read: "
          + (ledger.page == nil ? "say with 'page' how the others are asked for" : "is 'page' right?")
          + ", or with 'total' or page: 'none' that these are all")
    }
    if let shortPage, let size = ledger.page?.size, ledger.page?.advance == .pages {
      return LedgerDoubt(
        .moreRows,
        "page \(shortPage.number) had \(shortPage.rows) rows, though \(size) were asked for and it was not the last: the "
          + "target may allow no more than that on a page; set 'size' to it, or say with 'total' how many rows there are"
      )
    }
    if sawNotFound {
      return LedgerDoubt(
        .moreRows,
        "page \(record.pages) was answered 404, which was taken for the end of the list; say with 'total' how many rows "
          + "there are")
    }
    if ledger.page == nil, !ledger.isOnePage, !ledger.isCommand, ledger.rows != nil, Self.isUsualPageSize(record.count)
    {
      return LedgerDoubt(
        .moreRows,
        "the list has exactly \(record.count) rows, as a first page would: say with 'page' how the others are asked for, "
          + "with 'total' how many there are, or page: 'none' if one response holds all")
    }
    return nil
  }

  /// From 10: 1 to 5, 15 and 25 times a power of ten, and powers of two.
  static func isUsualPageSize(_ count: Int) -> Bool {
    if count < 10 { return false }
    if count >= 16, count & (count - 1) == 0 { return true }
    var rest = count
    while rest % 10 == 0 { rest /= 10 }
    return rest <= 5 || rest == 15 || rest == 25
  }

  private func text(of problem: LedgerPages.Problem, _ paging: Invariant.Ledger.Paging) -> String {
    let isCounted = paging.advance == .pages
    switch problem {
    case .repeated(let page, let earlier):
      let parameter = paging.parameter.map { "'\($0)'" } ?? "the link"
      return "page \(page) is the same as page \(earlier): the target does not heed \(parameter)"
        + (isCounted
          ? ", or answers with its last page beyond the end; then say with 'total' how many rows there are" : "")
    case .overlap(let page, let rows):
      let what = "page \(page) begins with the last \(rows) \(rows == 1 ? "row" : "rows") of the page before"
      guard isCounted, let parameter = paging.parameter else { return what + ": pages must not overlap" }
      return what + ": '\(parameter)' counts rows, as it seems, and not pages; then write by: 'rows'"
    }
  }

  private mutating func fail(status response: Response) -> Action {
    let status = response.status
    let cause: LedgerFault.Cause = (300..<500).contains(status) && status != 408 && status != 429 ? .scenario : .target
    let hint =
      switch status {
      case 301, 302, 303, 307, 308:
        ": redirects are not followed; ask for "
          + (response.header("location").first.map { "'\($0)'" } ?? "where it leads")
      case 401, 403: ": 'headers' of the ledger can carry credentials"
      case 404, 405, 410: ": is the path right?"
      case 206: ": only a part of the list"
      default: ""
      }
    let body = String(decoding: response.body.prefix(200), as: UTF8.self)
    return fail(cause, "status \(status)\(hint)" + (body.isEmpty ? "" : " (\(LedgerFault.short(body)))"))
  }

  private mutating func fail(_ cause: LedgerFault.Cause, _ text: String) -> Action {
    fault = LedgerFault(cause, text)
    record = LedgerRecord(keys: [], failure: text, pages: record.pages)
    return .done
  }
}

/// Why a ledger cannot be read, or not be trusted.
struct LedgerFault: Error, Hashable {
  enum Cause {
    /// The scenario asks for something that is not there.
    case scenario
    /// The pages do not fit together; a list that was growing may be read again.
    case list
    /// There is no response, or the target failed.
    case target
    /// The run did not get to it.
    case cut
  }

  var cause: Cause
  var text: String

  init(_ cause: Cause, _ text: String) {
    self.cause = cause
    self.text = text
  }

  /// A text of the target's in a line, without what a terminal would obey.
  static func short(_ text: String, _ length: Int = 160) -> String {
    let clean = text.unicodeScalars.prefix(length + 1).map { scalar -> Character in
      let isPlain = scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format
      return isPlain ? Character(scalar) : " "
    }
    return clean.count > length ? String(clean.prefix(length)) + "…" : String(clean)
  }
}

extension Invariant.Ledger.Place {
  /// As the scenario writes it.
  var text: String {
    switch self {
    case .json(let path): path.description
    case .header(let name): "the header \(name)"
    }
  }
}

extension JSONValue {
  /// Of a number, also one in a text.
  var wholeNumber: Int64? {
    integer ?? string.flatMap { Int64($0.trimmingSpaces) }
  }
}

extension String {
  fileprivate var trimmingSpaces: String {
    let trimmed = drop { $0 == " " }
    return String(trimmed.prefix(trimmed.count - trimmed.reversed().prefix { $0 == " " }.count))
  }
}
