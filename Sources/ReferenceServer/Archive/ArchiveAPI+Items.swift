import EventLoop
import JSON

/// Writing and reading items.
extension ArchiveAPI {
  /// `POST /api/echo`
  func echo(_ request: ServerRequest) throws(ArchiveRefusal) -> ServerResponse {
    try checkBodyAfterRead(request)
    var bytes = Array(#"{"you_sent":"#.utf8)
    try Self.json(request).write(into: &bytes)
    bytes.append(UInt8(ascii: "}"))
    return .json(200, bytes: bytes)
  }

  /// `POST /api/{news,minutes,segments}`: one object or an array of them.
  func ingest(_ request: ServerRequest, _ index: Int) async throws(ArchiveRefusal) -> ServerResponse {
    try checkBodyAfterRead(request)
    try authorise(request)
    let body = try Self.json(request)
    guard let count = ArchiveBatch.count(in: body) else {
      throw ArchiveRefusal(400, "BAD_REQUEST", "the body must be an object or an array of objects")
    }
    let limit = settings.maxBatchItems.value
    if count > limit, !switches.batchGuardOff.isOn {
      tally.withLock { $0.oversizedBatches += 1 }
      throw ArchiveRefusal(
        413, "PAYLOAD_TOO_LARGE", "the batch has more than \(limit) items",
        details: ["max_batch_items": .integer(limit), "received_batch_items": .integer(count)])
    }
    let batch: ArchiveBatch
    do throws(ArchiveBatch.Refused) {
      batch = try ArchiveBatch(body, in: ArchiveCollection.all[index])
    } catch {
      throw .validation(error.problems)
    }
    let written = try await write(batch.items, to: index, request)
    tally.withLock { tally in
      tally.batches += 1
      tally.items += batch.received
      tally.inserted += written.inserted
      tally.updated += written.updated
      tally.largestBody = max(tally.largestBody, request.body.count)
      tally.largestBatch = max(tally.largestBatch, batch.received)
    }
    return .json(201, ["inserted": .integer(written.inserted), "updated": .integer(written.updated)])
  }

  private func write(
    _ items: [ArchiveItem], to index: Int, _ request: ServerRequest
  ) async throws(ArchiveRefusal) -> ArchiveTable.Written {
    let now = context.clock.now()
    let (most, bytes) = (settings.maxItems.value, settings.maxStoredMegabytes.value << 20)
    @Sendable func room(_ table: ArchiveTable) -> Bool {
      // Looked up only near the end: an item that is there already needs no room.
      if !table.isFull(for: items.count, most: most, bytes: bytes) { return true }
      return !table.isFull(for: Set(items.map(\.key)).count { table.id(of: $0) == nil }, most: most, bytes: bytes)
    }
    if !switches.upsertRace.isOn {
      let written = try await query(index, request) { room($0) ? $0.upsert(items, at: now) : nil }
      guard let written else { throw full(most, bytes) }
      return written
    }
    let isThere = try await query(index, request) { table in items.map { table.id(of: $0.key) != nil } }
    await pause(switches.upsertRace.parameter, request)
    let written = try await query(index, request) { table -> ArchiveTable.Written? in
      guard room(table) else { return nil }
      var written = table.upsert(zip(items, isThere).filter { $0.1 }.map { $0.0 }, at: now)
      for (item, isThere) in zip(items, isThere) where !isThere {
        table.insert(item, at: now)
        written.inserted += 1
      }
      return written
    }
    guard let written else { throw full(most, bytes) }
    return written
  }

  private func full(_ most: Int, _ bytes: Int) -> ArchiveRefusal {
    .internalError(
      "the store is full: a collection has at most \(most) items and \(bytes >> 20) MB (archive.max_items, "
        + "archive.max_stored_mb); reset the system, or raise the setting")
  }

  /// `GET /api/{news,minutes,segments}?page&size&q&from&to&…`
  func list(_ request: ServerRequest, _ index: Int) async throws(ArchiveRefusal) -> ServerResponse {
    let asked: ArchiveQuery
    do throws(ArchiveQuery.Refused) {
      asked = try ArchiveQuery(request.queryParameters, for: ArchiveCollection.all[index])
    } catch {
      throw .validation(error.problems)
    }
    let page = try await query(index, request) { $0.page(asked) }
    var bytes = Array("{\"page\":\(asked.page),\"size\":\(asked.size),\"total\":\(page.total),\"items\":[".utf8)
    for (place, row) in page.rows.enumerated() {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      row.writeListed(into: &bytes)
    }
    bytes.append(contentsOf: "]}".utf8)
    return .json(200, bytes: bytes)
  }

  /// `GET /api/{news,minutes,segments}/{id}`
  func item(_ request: ServerRequest, _ index: Int) async throws(ArchiveRefusal) -> ServerResponse {
    let id = try Self.id(request)
    guard let row = try await query(index, request, { $0.row(id) }) else { throw Self.noItem(id) }
    var bytes: [UInt8] = []
    row.writeWhole(of: ArchiveCollection.all[index], into: &bytes)
    return .json(200, bytes: bytes)
  }

  /// `DELETE /api/{news,minutes,segments}/{id}`
  func delete(_ request: ServerRequest, _ index: Int) async throws(ArchiveRefusal) -> ServerResponse {
    try authorise(request)
    let id = try Self.id(request)
    guard try await query(index, request, { $0.delete(id) }) else { throw Self.noItem(id) }
    return .json(200, ["status": "deleted", "id": .integer(id)])
  }

  private static func id(_ request: ServerRequest) throws(ArchiveRefusal) -> Int {
    guard let id = request.parameters.integer("id") else {
      throw .notFound("there is no item \(request.parameters["id"])")
    }
    return id
  }

  private static func noItem(_ id: Int) -> ArchiveRefusal { .notFound("there is no item \(id)") }

  private static func json(_ request: ServerRequest) throws(ArchiveRefusal) -> JSONValue {
    do throws(RequestBodyError) {
      return try request.json()
    } catch {
      throw ArchiveRefusal(400, "BAD_REQUEST", error == .empty ? "\(error)" : "the body is no JSON: \(error)")
    }
  }

  /// Runs one query on a collection.
  private func query<Result: Sendable>(
    _ index: Int, _ request: ServerRequest, _ body: @Sendable (inout ArchiveTable) -> Result
  ) async throws(ArchiveRefusal) -> Result {
    if switches.databaseDown.isOn { throw .internalError("the database does not answer") }
    let patience = settings.statementTimeout.value
    if database.queryTime.value > patience {
      await pause(Double(patience) / 1_000_000, request)
      throw .internalError("the query was broken off after \(patience / 1_000_000) ms")
    }
    let rows = settings.seedRows.value
    do throws(PoolTimeout) {
      return try await stores[index].query(on: request.loop) { table in
        table.seed(rows)
        return body(&table)
      }
    } catch {
      throw .internalError(error.description)
    }
  }
}
