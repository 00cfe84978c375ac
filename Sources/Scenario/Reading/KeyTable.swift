/// The keys of one kind of object in a scenario file: the reader knows no others, and the JSON Schema must name the same.
struct KeyTable: Sendable {
  /// With its article, for messages: "a step".
  let name: String
  /// Under `$defs` in the schema; `nil` for the file itself.
  let definition: String?
  let keys: [String]
  /// Words that other tools use for the same thing.
  let synonyms: [String: String]

  init(_ name: String, _ definition: String?, _ keys: [String], synonyms: [String: String] = [:]) {
    self.name = name
    self.definition = definition
    self.keys = keys
    self.synonyms = synonyms
  }
}

extension KeyTable {
  static let file = KeyTable(
    "a scenario", nil,
    [
      "$schema", "name", "summary", "target", "seed", "client", "data", "set_up", "tear_down", "traffic", "invariants",
      "thresholds", "verdict", "self_check", "warm_up", "finish_within", "incidents", "reference", "profiles",
    ],
    synonyms: [
      "scenarios": "traffic", "stages": "traffic", "description": "summary", "base_url": "target", "url": "target",
      "variables": "data", "before": "set_up", "after": "tear_down", "budgets": "thresholds", "headers": "client",
      "generator": "self_check",
    ])

  static let profile = KeyTable("a profile", "profile", file.keys.filter { !["$schema", "profiles"].contains($0) })

  static let client = KeyTable(
    "client", "client",
    [
      "connections", "retry_closed", "keep_alive", "connect_timeout", "timeout", "headers", "lenient", "insecure", "ca",
      "cert", "key", "proxy", "proxy_tunnel", "unix_socket", "resolve", "max_body",
    ],
    synonyms: [
      "hosts": "resolve", "cacert": "ca", "skip_verify": "insecure", "retry": "retry_closed",
      "idle_timeout": "keep_alive",
      "tunnel": "proxy_tunnel",
    ])

  static let selfCheck = KeyTable(
    "self_check", "selfCheck", SelfCheckLimits.durations.map(\.name) + SelfCheckLimits.shares.map(\.name),
    synonyms: [
      "cpu": "worker_cpu", "stop": "pause", "stall": "pause", "pressure": "cpu_pressure", "run_queue_wait": "run_queue",
      "trend": "steady_state",
    ])

  static let reference = KeyTable(
    "reference", "reference", ["clock", "settings"],
    synonyms: ["time": "clock", "now": "clock", "environment": "settings", "env": "settings"])

  static let data = KeyTable(
    "a data source", "data", ["sequence", "count", "start", "list", "csv", "columns", "order", "each"],
    synonyms: ["file": "csv", "values": "list", "rows": "list", "pattern": "sequence", "from": "start"])

  static let group = KeyTable(
    "a traffic group", "group", ["load", "start_after", "steps", "think_time", "pacing", "connections"],
    synonyms: ["users": "load", "arrivals": "load", "burst": "load", "delay": "start_after", "requests": "steps"])

  static let load = KeyTable(
    "a load", "load",
    ["users", "iterations", "shared_iterations", "arrivals", "burst", "for", "max_users", "poisson"],
    synonyms: ["duration": "for", "vus": "users", "rate": "arrivals", "stages": "users", "max_vus": "max_users"])

  static let stage = KeyTable(
    "a stage", "stage", ["from", "to", "over"], synonyms: ["target": "to", "duration": "over", "for": "over"])

  static let range = KeyTable(
    "a range of durations", "durationRange", ["from", "to"], synonyms: ["min": "from", "max": "to"])

  static let methods = ["get", "post", "put", "patch", "delete", "head", "options"]
  static let bodies = ["json", "text", "form", "bytes", "file", "json_sized", "json_batch"]

  static let step = KeyTable(
    "a step", "step",
    ["name"] + methods + ["request", "query", "headers"] + bodies + [
      "chunked", "timeout", "outcomes", "capture", "think_time", "repeat", "if_present", "continue_on_error",
      "rendezvous",
    ],
    synonyms: [
      "url": "request", "method": "request", "body": "json", "params": "query", "expect": "outcomes",
      "checks": "outcomes", "sleep": "think_time", "extract": "capture", "status": "outcomes", "barrier": "rendezvous",
    ])

  static let rendezvous = KeyTable(
    "a rendezvous", "rendezvous", ["users", "timeout"], synonyms: ["count": "users", "for": "timeout"])
  static let request = KeyTable("request", "request", ["method", "url"], synonyms: ["path": "url"])
  static let bytes = KeyTable("bytes", "bytes", ["count", "fill"], synonyms: ["size": "count", "length": "count"])
  static let sized = KeyTable(
    "json_sized", "sizedJSON", ["bytes", "value", "pad", "fill"], synonyms: ["size": "bytes", "json": "value"])
  static let batch = KeyTable(
    "json_batch", "batchJSON", ["count", "item"], synonyms: ["size": "count", "value": "item"])

  static let outcome = KeyTable(
    "an outcome", "outcome",
    ["status", "header", "cookie", "json", "body", "bytes", "duration", "capture", "error", "effect"],
    synonyms: ["code": "status", "headers": "header", "cookies": "cookie", "text": "body", "time": "duration"])

  static let predicates = KeyTable(
    "a predicate", "predicates",
    [
      "equals", "notEquals", "greaterThan", "greaterThanOrEqual", "lessThan", "lessThanOrEqual", "startsWith",
      "endsWith", "contains", "matches", "exists", "isString", "isNumber", "isBoolean", "isList", "isObject", "isUuid",
      "isIsoDate", "count", "oneOf",
    ],
    synonyms: [
      "eq": "equals", "ne": "notEquals", "gt": "greaterThan", "gte": "greaterThanOrEqual", "lt": "lessThan",
      "lte": "lessThanOrEqual", "regex": "matches", "in": "oneOf", "length": "count", "==": "equals",
      "!=": "notEquals", ">": "greaterThan", ">=": "greaterThanOrEqual", "<": "lessThan", "<=": "lessThanOrEqual",
    ])

  static let capture = KeyTable("a capture", "capture", ["json", "header", "cookie", "status", "body"])

  static let rules = ["capped", "at_most", "daily_limit", "conserved", "replay", "equal", "never"]
  static let invariant = KeyTable(
    "an invariant", "invariant", rules + ["sequential"],
    synonyms: ["limit": "daily_limit", "ledger": "conserved", "unique": "at_most", "forbidden": "never"])
  static let capped = KeyTable(
    "capped", "capped", ["step", "accepted", "rejected", "cap", "sequence", "ledger"],
    synonyms: ["max": "cap", "limit": "cap"])
  static let atMost = KeyTable(
    "at_most", "atMost", ["count", "of", "per", "distinct", "ledger"], synonyms: ["max": "count", "limit": "count"])
  static let dailyLimit = KeyTable(
    "daily_limit", "dailyLimit", ["limit", "step", "accepted", "rejected", "per", "zone", "tolerance"],
    synonyms: ["max": "limit", "cap": "limit", "count": "limit", "timezone": "zone", "time_zone": "zone"])
  static let conserved = KeyTable(
    "conserved", "conserved", ["of", "per", "one_row", "ledger"], synonyms: ["step": "of", "upsert": "one_row"])
  static let replay = KeyTable(
    "replay", "replay", ["of", "input", "result", "weights", "zone", "tolerance"],
    synonyms: ["seed": "input", "output": "result", "timezone": "zone"])
  static let equal = KeyTable("equal", "equal", ["left", "right", "per"])
  static let amount = KeyTable(
    "a quantity", "amount", ["count", "sum", "last", "of", "get", "headers", "value", "rows", "key"] + ledgerReading,
    synonyms: ledgerSynonyms.merging(["number": "value"]) { $1 })
  static let ledger = KeyTable(
    "a ledger", "ledger", ["get", "headers", "rows", "key", "per", "others"] + ledgerReading, synonyms: ledgerSynonyms)
  /// How a ledger is read, and a quantity that the target says.
  static let ledgerReading = [
    "page", "total", "eventually", "before", "timeout", "limits", "command", "format", "columns",
  ]
  private static let ledgerSynonyms = [
    "url": "get", "path": "get", "paging": "page", "pages": "page", "count": "total", "within": "eventually",
    "exec": "command", "sql": "command", "run": "command",
  ]
  static let page = KeyTable(
    "page", "page", ["parameter", "first", "size_parameter", "size", "by", "next"],
    synonyms: ["limit": "size", "cursor": "next", "link": "next", "offset": "by"])
  static let nextPage = KeyTable("next", "nextPage", ["header", "link"], synonyms: ["url": "link"])
  static let total = KeyTable("total", "total", ["header"])
  static let ledgerLimits = KeyTable("limits of a ledger", "ledgerLimits", ["pages", "rows", "bytes"])

  static let threshold = KeyTable(
    "a threshold", "threshold", ["threshold", "abort_on_fail", "delay_abort"],
    synonyms: ["abortonfail": "abort_on_fail", "delayaborteval": "delay_abort"])

  /// Every table, for holding the schema against.
  static let all: [KeyTable] = [
    file, profile, client, selfCheck, reference, data, group, load, stage, range, step, rendezvous, request, bytes,
    sized, batch,
    outcome,
    predicates,
    capture, invariant, capped, atMost, dailyLimit, conserved, replay, equal, amount, ledger, page, nextPage,
    total, ledgerLimits, threshold,
  ]
}
