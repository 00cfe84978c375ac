/// What can be set on the archive, by the names that its deployments use.
struct ArchiveSettings: Sendable {
  let maxBodyBytes: Setting
  let maxBatchItems: Setting
  let rateLimitPerMinute: Setting
  let rateLimitBackend: Setting
  let rateLimitFailOpen: Setting
  let requireAPIKey: Setting
  let statementTimeout: Setting
  let seedRows: Setting
  let maxItems: Setting
  let maxStoredMegabytes: Setting

  private static let backends = ["memory", "redis"]

  init(_ board: SettingBoard) {
    maxBodyBytes = board.integer(
      "archive.max_request_body_bytes", environment: "MAX_REQUEST_BODY_BYTES", standard: 1_048_576,
      in: 1...1_073_741_824, "bytes that a body may have")
    maxBatchItems = board.integer(
      "archive.ingest_max_batch_items", environment: "INGEST_MAX_BATCH_ITEMS", standard: 200, in: 1...1_000_000,
      "items that a batch may have")
    rateLimitPerMinute = board.integer(
      "archive.rate_limit_per_minute", environment: "RATE_LIMIT_PER_MINUTE", standard: 0, in: 0...100_000_000,
      "requests of one address in a minute of the clock; 0: no limit")
    rateLimitBackend = board.choice(
      "archive.rate_limit_backend", environment: "RATE_LIMIT_BACKEND", standard: "memory", of: Self.backends,
      "where requests are counted")
    rateLimitFailOpen = board.flag(
      "archive.rate_limit_fail_open", environment: "RATE_LIMIT_FAIL_OPEN", standard: true,
      "whether requests pass while they cannot be counted")
    requireAPIKey = board.flag(
      "archive.require_api_key", environment: "REQUIRE_API_KEY", standard: true,
      "whether ingest and delete ask for credentials")
    statementTimeout = board.milliseconds(
      "archive.statement_timeout_ms", standard: .seconds(5), in: 1...600_000,
      "how long a query may take before it is broken off")
    seedRows = board.integer(
      "archive.seed_rows", standard: 300, in: 0...100_000, "rows of each collection at the start and after a reset")
    maxItems = board.integer(
      "archive.max_items", standard: 1_000_000, in: 1...20_000_000,
      "items that a collection may have had since its reset: a deleted one keeps its number")
    maxStoredMegabytes = board.integer(
      "archive.max_stored_mb", standard: 512, in: 1...65_536,
      "megabytes (2^20 bytes) that a collection's items may take")
  }

  var backendName: String { Self.backends[rateLimitBackend.value] }
}
