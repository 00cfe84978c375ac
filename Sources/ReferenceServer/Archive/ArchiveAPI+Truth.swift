import EventLoop
import JSON

/// What the archive has done since its reset.
struct ArchiveTally: Sendable {
  var batches = 0
  var items = 0
  var inserted = 0
  var updated = 0
  /// Bytes of the largest body that was accepted.
  var largestBody = 0
  var largestBatch = 0
  var oversizedBodies = 0
  var oversizedBatches = 0
  var rateLimited = 0
}

extension ArchiveAPI {
  package func truth() -> JSONValue {
    let seedRows = settings.seedRows.value
    var fields: [JSONField] = [JSONField("now", .string(context.clock.timestamp))]
    var violations: [JSONValue] = []
    for store in stores {
      let (collection, rows) = store.inspect { table in
        table.seed(seedRows)
        return (table.collection, table.all)
      }
      var ids: [ArchiveKey: [Int]] = [:]
      for row in rows { ids[row.key, default: []].append(row.id) }
      fields.append(
        JSONField(collection.name, ["rows": .integer(rows.count), "distinct_keys": .integer(ids.count)]))
      for (key, ids) in ids.filter({ $0.value.count > 1 }).sorted(by: { $0.value[0] < $1.value[0] }) {
        violations.append([
          "rule": "one_row_a_key", "collection": .string(collection.name), "key": .string(key.text),
          "ids": .array(ids.map { .integer($0) }),
        ])
      }
    }
    let tally = tally.withLock { $0 }
    if tally.largestBody > settings.maxBodyBytes.value {
      violations.append([
        "rule": "max_request_body_bytes", "accepted": .integer(tally.largestBody),
        "limit": .integer(settings.maxBodyBytes.value),
      ])
    }
    if tally.largestBatch > settings.maxBatchItems.value {
      violations.append([
        "rule": "max_batch_items", "accepted": .integer(tally.largestBatch),
        "limit": .integer(settings.maxBatchItems.value),
      ])
    }
    fields.append(
      JSONField(
        "totals",
        [
          "batches": .integer(tally.batches), "items": .integer(tally.items), "inserted": .integer(tally.inserted),
          "updated": .integer(tally.updated), "largest_body": .integer(tally.largestBody),
          "largest_batch": .integer(tally.largestBatch), "oversized_bodies": .integer(tally.oversizedBodies),
          "oversized_batches": .integer(tally.oversizedBatches), "rate_limited": .integer(tally.rateLimited),
        ]))
    fields.append(JSONField("violations", .array(violations)))
    return .object(fields)
  }
}
