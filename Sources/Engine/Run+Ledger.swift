import JSON
import Measurement
import Scenario

extension Run {
  /// Asks the target for all that the scenario's invariants want to hear from it after the load.
  func readLedgers(values: [[UInt8]]) async {
    for invariant in plan.scenario.invariants {
      for (suffix, ledger) in invariant.rule.ledgers {
        var ledgerRecord = await read(ledger, values: values)
        ledgerRecord.failure = ledgerRecord.failure.map { plan.mask.apply($0) }
        record.ledgers[invariant.name + suffix] = ledgerRecord
      }
    }
  }

  /// Reads the target's own list of what it granted, page by page.
  private func read(_ ledger: Invariant.Ledger, values: [[UInt8]]) async -> LedgerRecord {
    var total = LedgerRecord(keys: [])
    var page = ledger.page?.first ?? 0
    var lastPage: LedgerRecord?
    while true {
      var query: [QueryTemplate] = []
      if let paging = ledger.page {
        query.append(QueryTemplate(name: paging.parameter, value: Template(literal: String(page))))
        if let parameter = paging.sizeParameter, let size = paging.size {
          query.append(QueryTemplate(name: parameter, value: Template(literal: String(size))))
        }
      }
      let answer = await fetch("GET", ledger.path, headers: ledger.headers, query: query, values: values)
      guard answer.status == 200 else { return LedgerRecord(keys: [], failure: answer.complaint) }
      let onPage = ledger.rows(in: answer, from: total.count)
      if onPage.failure != nil { return onPage }
      total.append(onPage)
      // A page with nothing on it is the end, whatever size a page has.
      guard let paging = ledger.page, onPage.count > 0 else { return total }
      if onPage == lastPage {
        return LedgerRecord(
          keys: [],
          failure: "page \(page) is the same as the one before: the target pays no heed to '\(paging.parameter)'")
      }
      lastPage = onPage
      page += 1
    }
  }
}

extension Invariant.Ledger {
  /// The rows in an answer.
  ///
  /// - Parameter before: How many there were on the pages before, for messages.
  fileprivate func rows(in answer: PlainAnswer, from before: Int) -> LedgerRecord {
    guard let json = answer.json else {
      return LedgerRecord(keys: [], failure: "the answer is no JSON: \(answer.complaint)")
    }
    var list = [json]
    if let rows {
      guard let found = rows.first(in: json)?.array else {
        return LedgerRecord(keys: [], failure: "the answer has no list at \(rows): \(answer.complaint)")
      }
      list = found
    }
    var record = LedgerRecord(keys: [])
    func missing(_ row: Int, _ path: JSONPath, _ what: String) -> LedgerRecord {
      let place = rows == nil ? "the answer" : "row \(before + row + 1)"
      return LedgerRecord(keys: [], failure: "\(place) has \(what) at \(path)")
    }
    for (index, row) in list.enumerated() {
      if let key {
        guard let found = key.first(in: row) else { return missing(index, key, "nothing") }
        record.keys.append(found.string ?? found.text())
      } else {
        record.keys.append("")
      }
      if let amount {
        guard let found = amount.first(in: row), let number = found.wholeNumber else {
          return missing(index, amount, "no whole number")
        }
        record.amounts.append(number)
      }
    }
    return record
  }
}

extension JSONValue {
  /// Of a number, also one in a text.
  fileprivate var wholeNumber: Int64? { integer ?? string.flatMap { Int64($0) } }
}
