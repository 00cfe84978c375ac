import Dispatch
import EventLoop
import HTTPClient
import HTTPMessage
import JSON
import Measurement
import Scenario

/// Asking the target for what it says itself, before the load and after it.
extension Run {
  /// Reads every ledger before the load, so that what is wrong with one shows while nothing was sent, and rows that are
  /// there already are known.
  ///
  /// - Returns: how the run ends instead, where one cannot be read.
  func readLedgersBefore(values: [[UInt8]]) async -> RunEnding? {
    for invariant in plan.scenario.invariants {
      for (suffix, ledger) in invariant.rule.ledgers where ledger.isReadBefore {
        let reader = await read(ledger, values: values)
        if isStopping { return nil }
        if let fault = reader.fault {
          let text = plan.mask.apply("\(invariant.name)\(suffix): \(ledger.name): \(fault.text)", isCut: true)
          switch fault.cause {
          case .scenario, .list: return .wrongScenario(text, at: ledger.range)
          case .target, .cut: return .notReady("the ledger cannot be read before the load: " + text)
          }
        }
        record.ledgersBefore[invariant.name + suffix] = reader.record
      }
    }
    return nil
  }

  /// Reads every ledger after the load.
  func readLedgers(values: [[UInt8]], loadEnded: UInt64) async {
    for invariant in plan.scenario.invariants {
      let ledgers = invariant.rule.ledgers
      let patience = trial == nil ? ledgers.map(\.ledger.eventually).max() ?? 0 : 0
      let (sum, overflow) = loadEnded.addingReportingOverflow(patience)
      await settle(invariant, ledgers, until: overflow ? .max : sum, isEventual: patience > 0, values: values)
    }
  }

  /// Reads an invariant's ledgers, and again until two readings agree and nothing is missing, or the time is up.
  private func settle(
    _ invariant: Invariant, _ ledgers: [(suffix: String, ledger: Invariant.Ledger)], until deadline: UInt64,
    isEventual: Bool, values: [[UInt8]]
  ) async {
    var before: [LedgerRecord] = []
    var pause: UInt64 = 50_000_000
    while true {
      var records: [LedgerRecord] = []
      var readers: [LedgerReader] = []
      for (suffix, ledger) in ledgers {
        let reader = await read(ledger, values: values)
        var ledgerRecord = reader.record
        ledgerRecord.failure = ledgerRecord.failure.map { plan.mask.apply($0, isCut: true) }
        ledgerRecord.doubt = ledgerRecord.doubt.map { LedgerDoubt($0.kind, plan.mask.apply($0.text, isCut: true)) }
        record.ledgers[invariant.name + suffix] = ledgerRecord
        records.append(ledgerRecord)
        readers.append(reader)
      }
      let isRead = records.allSatisfy { $0.failure == nil }
      let isSettled = isRead && records == before
      if !isEventual || isCut || EventLoop.now() >= deadline { return show(readers, of: invariant, ledgers) }
      if isSettled, await !isDifferent(invariant) { return show(readers, of: invariant, ledgers) }
      before = records
      await rest(until: min(EventLoop.now() + pause, deadline, cutoff))
      pause = min(pause * 2, 500_000_000)
    }
  }

  /// Asks whether an invariant's ledgers still differ from the answers; beside the loop, which a signal has to reach.
  private func isDifferent(_ invariant: Invariant) async -> Bool {
    guard let ledgerDiffers else { return false }
    let record = snapshot
    return await withUnsafeContinuation { continuation in
      Self.beside.async {
        let differs = ledgerDiffers(record, invariant)
        self.loop.submit { continuation.resume(returning: differs) }
      }
    }
  }

  func rest(until instant: UInt64) async {
    await withUnsafeContinuation { continuation in
      loop.arm(CallbackTimer { continuation.resume() }, at: instant)
    }
  }

  private func show(
    _ readers: [LedgerReader], of invariant: Invariant, _ ledgers: [(suffix: String, ledger: Invariant.Ledger)]
  ) {
    guard let onLedger else { return }
    for (reader, (suffix, ledger)) in zip(readers, ledgers) {
      let name = invariant.name + suffix
      guard let ledgerRecord = record.ledgers[name] else { continue }
      onLedger(
        TrialLedger(
          name: name, source: ledger.name, record: ledgerRecord, rowsBefore: record.ledgersBefore[name]?.count,
          isNumber: ledger.isNumber, hasKeys: ledger.key != nil, range: ledger.range,
          firstRows: reader.firstRows.map { LedgerFault.short(plan.mask.apply($0.text())) },
          firstKeys: ledgerRecord.keys.prefix(LedgerReader.shownRows).map { LedgerFault.short(plan.mask.apply($0)) }))
    }
  }

  // MARK: - One reading

  /// Reads a ledger; one whose pages do not fit together a second time, since it may have been growing.
  private func read(_ ledger: Invariant.Ledger, values: [[UInt8]]) async -> LedgerReader {
    let reader = await readOnce(ledger, values: values)
    let isOdd = reader.fault?.cause == .list || reader.record.doubt?.kind == .repeatedRows
    guard isOdd, !isCut, !isStopping || loadIsOver else { return reader }
    await rest(until: min(EventLoop.now() + 200_000_000, cutoff))
    let again = await readOnce(ledger, values: values)
    return again.fault?.cause == .cut ? reader : again
  }

  private func readOnce(_ ledger: Invariant.Ledger, values: [[UInt8]]) async -> LedgerReader {
    var reader = LedgerReader(ledger)
    let (deadline, _) = EventLoop.now().addingReportingOverflow(ledger.limits.time)
    let connection = UserConnection()
    var request = reader.first
    while true {
      let now = EventLoop.now()
      if isCut || isStopping && !loadIsOver {
        reader.giveUp(LedgerFault(.cut, reasonOfCut))
        break
      }
      if now >= deadline {
        reader.giveUp(
          LedgerFault(
            .target,
            "it was not read after \(reader.record.pages) pages with \(reader.record.count) rows, when its time was over; "
              + "'timeout' sets how long reading it may take"))
        break
      }
      let response = await response(
        to: request, ledger, connection, values, timeout: deadline - now, mostBytes: reader.bytesLeft)
      // What was cut off in the middle is no fault of the target's.
      if response.failure != nil, isCut || isStopping && !loadIsOver {
        reader.giveUp(LedgerFault(.cut, reasonOfCut))
        break
      }
      guard case .ask(let next) = reader.take(response) else { break }
      request = next
    }
    if case .get = ledger.source { await onWorker { _ in connection.close() } }
    return reader
  }

  private func response(
    to request: LedgerReader.Request, _ ledger: Invariant.Ledger, _ connection: UserConnection, _ values: [[UInt8]],
    timeout: UInt64, mostBytes: Int
  ) async -> LedgerReader.Response {
    switch ledger.source {
    case .get(let path, let headers):
      let answer = await fetch(
        PlainRequest(
          path: request.link.map { Template(literal: $0) } ?? path, headers: headers,
          query: request.query.map { QueryTemplate(name: $0.name, value: Template(literal: $0.value)) }, values: values,
          timeout: min(timeout, plan.scenario.client.requestTimeout), mostBytes: mostBytes, connection: connection))
      return LedgerReader.Response(
        status: answer.status, body: answer.body, header: { answer.headers.all($0.lowercased()) }, isCut: answer.isCut,
        failure: answer.failure, url: answer.url)
    case .command(let command):
      let output = await self.output(of: command, values, timeout: timeout, mostBytes: mostBytes)
      return LedgerReader.Response(status: 200, body: output.bytes, fault: output.failure)
    }
  }

  private func output(
    of command: Invariant.Ledger.Command, _ values: [[UInt8]], timeout: UInt64, mostBytes: Int
  ) async -> LedgerCommand.Output {
    let lists = command.words.map { plan.variables.compile($0, .none) }
    let words = await onWorker { worker in
      let user = VirtualUser(worker: worker, group: CompiledGroup("", steps: []), index: 0, values: values)
      return lists.map { list in
        var bytes: [UInt8] = []
        user.write(list, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
      }
    }
    let now = EventLoop.now()
    let running = LedgerCommand(words, mostBytes: mostBytes, deadline: min(now + min(timeout, .max - now), cutoff))
    runningCommand = running
    defer { runningCommand = nil }
    return await withUnsafeContinuation { continuation in
      running.start { output in
        let box = UncheckedBox(output)
        self.loop.submit { continuation.resume(returning: box.value) }
      }
    }
  }
}

/// A ledger as a trial read it.
package struct TrialLedger: Sendable {
  /// Of the invariant, with the side of a comparison.
  package var name: String
  /// The path, or the program.
  package var source: String
  package var record: LedgerRecord
  /// `nil` where it was not read before.
  package var rowsBefore: Int?
  /// It is one number.
  package var isNumber: Bool
  package var hasKeys: Bool
  package var range: SourceRange
  /// As they were read, in a line each.
  package var firstRows: [String]
  package var firstKeys: [String]
}
