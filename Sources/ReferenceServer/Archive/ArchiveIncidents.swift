/// The archive's incidents as its runbook knows them.
enum ArchiveIncidents {
  static let all: [Incident] = [
    Incident(
      "archive.payload-guard-off", "Bodies of any size are read and stored.",
      symptom: "Oversized bodies are answered 201 instead of 413; memory rises with them.",
      mitigation: "Restore MAX_REQUEST_BODY_BYTES, here and at the proxy in front."),
    Incident(
      "archive.batch-guard-off", "Batches of any length are stored.",
      symptom: "Batches over INGEST_MAX_BATCH_ITEMS are answered 201 instead of 413; the database's writes pile up.",
      mitigation: "Restore INGEST_MAX_BATCH_ITEMS."),
    Incident(
      "archive.guard-after-read",
      "The size is checked only after the whole body has been read and parsed, on the thread that serves everybody.",
      symptom: "413 as it should be, but late: memory grows with oversized bodies, and p95 of all other traffic rises.",
      mitigation: "Check Content-Length before reading, and stop reading chunks at the limit.",
      // What an interpreted web framework needs for the parse; ours is too fast to hurt anybody.
      parameter: Incident.Parameter("milliseconds per MiB", standard: 40, in: 0...10_000)),
    Incident(
      "archive.db-down", "The database answers nothing.",
      symptom: "ready is 503 with database not ok; everything that needs the database is answered 500.",
      mitigation: "Fail over, or restart the database; shed load meanwhile."),
    Incident(
      "archive.redis-down", "The store of the rate limits cannot be reached.",
      symptom:
        "ready is 503 with rate_limit_backend not ok; requests pass unlimited (fail-open) or are all 429 (fail-closed).",
      mitigation: "Restart the store; RATE_LIMIT_FAIL_OPEN=1 keeps serving meanwhile."),
    Incident(
      "archive.upsert-race",
      "Ingest looks for the url, waits, and then inserts: items with the same url that overlap all become rows.",
      symptom: "More rows than urls; updated counts too low.",
      mitigation: "Insert with ON CONFLICT on a unique url; delete the older duplicates.",
      parameter: Incident.Parameter("milliseconds", standard: 50, in: 0...60_000)),
    Incident(
      "archive.bad-release", "A new release fails in a share of requests.",
      symptom: "500 in that share of API requests, health checks stay green.", mitigation: "Roll the release back.",
      parameter: Incident.Parameter("percent", standard: 20, in: 0...100)),
    Incident(
      "archive.overload", "Each request takes longer the more of them are under way.",
      symptom: "p95 beyond 500 ms, then 503 as requests pile up.",
      mitigation: "Shed load by rate limits; add instances.",
      parameter: Incident.Parameter("milliseconds", standard: 300, in: 0...60_000)),
    Incident(
      "archive.request-id-lost", "The request id is neither echoed nor made.",
      symptom:
        "Answers without X-Request-Id, errors with an empty request_id; a report cannot be traced to its log line.",
      mitigation: "Put the request id middleware back in front."),
  ]
}

/// The switches of the archive's incidents.
struct ArchiveSwitches: Sendable {
  let payloadGuardOff: IncidentSwitch
  let batchGuardOff: IncidentSwitch
  let guardAfterRead: IncidentSwitch
  let databaseDown: IncidentSwitch
  let redisDown: IncidentSwitch
  let upsertRace: IncidentSwitch
  let badRelease: IncidentSwitch
  let overload: IncidentSwitch
  let requestIDLost: IncidentSwitch

  init(_ board: IncidentBoard) {
    payloadGuardOff = board.named("archive.payload-guard-off")
    batchGuardOff = board.named("archive.batch-guard-off")
    guardAfterRead = board.named("archive.guard-after-read")
    databaseDown = board.named("archive.db-down")
    redisDown = board.named("archive.redis-down")
    upsertRace = board.named("archive.upsert-race")
    badRelease = board.named("archive.bad-release")
    overload = board.named("archive.overload")
    requestIDLost = board.named("archive.request-id-lost")
  }
}
