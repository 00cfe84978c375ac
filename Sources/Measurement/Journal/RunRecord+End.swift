import JSON

/// What a record has that is not in its intervals: the journal's end line.
extension RunRecord {
  var endJSON: JSONValue {
    var fields = [
      JSONField("ending", ending.json), JSONField("elapsed", elapsed.json),
      JSONField("worker_cpu", .array(generator.workerCPU.map(\.json))),
      JSONField("server_cpu", .array(generator.serverCPU.map(\.json))),
      JSONField("peak_resident_bytes", generator.peakResidentBytes.json),
      JSONField(
        "releases",
        .object(groups.compactMap { group in group.release.map { JSONField(group.name, $0.json) } })),
      JSONField(
        "offered",
        .object(groups.compactMap { group in group.offered.map { JSONField(group.name, $0.json) } })),
      JSONField("ledgers", Self.json(ledgers)), JSONField("ledgers_before", Self.json(ledgersBefore)),
      JSONField("aborts", aborts.json), JSONField("warnings", warnings.json), JSONField("notes", notes.json),
    ]
    if let recorded { fields.append(JSONField("recorded", .array(recorded.map(\.json)))) }
    if !losses.isEmpty { fields.append(JSONField("losses", losses.json)) }
    if let serverLog { fields.append(JSONField("server_log", serverLog)) }
    return .object(fields)
  }

  mutating func readEnd(_ fields: RecordFields) throws(RecordError) {
    ending = try RunEnding(fields: try fields.object("ending"))
    elapsed = try fields.instant("elapsed")
    generator.workerCPU = try fields.instants("worker_cpu")
    generator.serverCPU = try fields.instants("server_cpu")
    generator.peakResidentBytes = try fields.unsigned("peak_resident_bytes", as: UInt64.self)
    if fields.optional("releases") != nil { try readReleases(try fields.object("releases")) }
    if fields.optional("offered") != nil { try readOffered(try fields.object("offered")) }
    ledgers = try Self.ledgers(try fields.object("ledgers"))
    // There were none before version 2 of the journal.
    if fields.optional("ledgers_before") != nil {
      ledgersBefore = try Self.ledgers(try fields.object("ledgers_before"))
    }
    aborts = try fields.strings("aborts")
    if fields.optional("warnings") != nil { warnings = try fields.strings("warnings") }
    notes += try fields.strings("notes")
    if fields.optional("recorded") != nil {
      recorded = []
      let counts = try fields.array("recorded")
      guard counts.count <= 1 << 16 else { throw fields.error("recorded", "has more workers than any machine") }
      for count in counts {
        guard let count = UInt64(json: count), count <= 1 << 40 else {
          throw fields.error("recorded", "has an element that is not an amount")
        }
        recorded?.append(count)
      }
    }
    if fields.optional("losses") != nil { losses += try fields.strings("losses") }
    serverLog = fields.optional("server_log")
  }

  private static func json(_ ledgers: [String: LedgerRecord]) -> JSONValue {
    .object(ledgers.sorted { $0.key < $1.key }.map { JSONField($0.key, $0.value.json) })
  }

  private static func ledgers(_ fields: RecordFields) throws(RecordError) -> [String: LedgerRecord] {
    var ledgers: [String: LedgerRecord] = [:]
    guard case .object(let members) = fields.value else { return ledgers }
    for member in members { ledgers[member.key] = try LedgerRecord(fields: try fields.object(member.key)) }
    return ledgers
  }

  private mutating func readReleases(_ releases: RecordFields) throws(RecordError) {
    for index in groups.indices where releases.optional(groups[index].name) != nil {
      groups[index].release = try ReleaseRecord(fields: try releases.object(groups[index].name))
    }
  }
}

extension RunRecord {
  fileprivate mutating func readOffered(_ offered: RecordFields) throws(RecordError) {
    for index in groups.indices where offered.optional(groups[index].name) != nil {
      groups[index].offered = try OfferedLoad(fields: try offered.object(groups[index].name))
    }
  }
}

extension LedgerRecord {
  var json: JSONValue {
    var fields = [JSONField("keys", keys.json)]
    if !amounts.isEmpty { fields.append(JSONField("amounts", .array(amounts.map { .integer($0) }))) }
    if let failure { fields.append(JSONField("failure", .string(failure))) }
    if let doubt {
      fields.append(JSONField("doubt", ["kind": .string(doubt.kind.rawValue), "text": .string(doubt.text)]))
    }
    if pages != 1 { fields.append(JSONField("pages", .integer(Int64(pages)))) }
    return .object(fields)
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init(
      keys: try fields.strings("keys"),
      amounts: fields.optional("amounts") == nil ? [] : try fields.integers("amounts"),
      failure: try fields.optionalString("failure"))
    if fields.optional("pages") != nil { pages = Int(try fields.unsigned("pages", as: UInt32.self)) }
    guard fields.optional("doubt") != nil else { return }
    let doubtFields = try fields.object("doubt")
    guard let kind = LedgerDoubt.Kind(rawValue: try doubtFields.string("kind")) else {
      throw doubtFields.error("kind", "is no kind of doubt")
    }
    doubt = LedgerDoubt(kind, try doubtFields.string("text"))
  }
}

extension ReleaseRecord {
  var json: JSONValue {
    ["users": .integer(Int64(users)), "skew": skew.json, "peak_in_flight": .integer(Int64(peakInFlight))]
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init(
      users: Int(try fields.unsigned("users", as: UInt32.self)), skew: try fields.instant("skew"),
      peakInFlight: Int(try fields.unsigned("peak_in_flight", as: UInt32.self)))
  }
}

extension RunEnding {
  var json: JSONValue {
    switch self {
    case .completed: ["kind": "completed"]
    case .interrupted(let signal): ["kind": "interrupted", "detail": .string(signal)]
    case .aborted: ["kind": "aborted"]
    case .cutOff: ["kind": "cut_off"]
    case .unreachable(let reason): ["kind": "unreachable", "detail": .string(reason)]
    case .setUpFailed(let reason): ["kind": "set_up_failed", "detail": .string(reason)]
    case .notReady(let reason): ["kind": "not_ready", "detail": .string(reason)]
    case .wrongScenario(let reason, let range):
      [
        "kind": "wrong_scenario", "detail": .string(reason), "start": .integer(Int64(range.start)),
        "end": .integer(Int64(range.end)),
      ]
    }
  }

  init(fields: RecordFields) throws(RecordError) {
    switch try fields.string("kind") {
    case "completed": self = .completed
    case "interrupted": self = .interrupted(try fields.string("detail"))
    case "aborted": self = .aborted
    case "cut_off": self = .cutOff
    case "unreachable": self = .unreachable(try fields.string("detail"))
    case "set_up_failed": self = .setUpFailed(try fields.string("detail"))
    case "not_ready": self = .notReady(try fields.string("detail"))
    case "wrong_scenario":
      let start = Int(try fields.unsigned("start", as: UInt32.self))
      let end = max(start, Int(try fields.unsigned("end", as: UInt32.self)))
      self = .wrongScenario(try fields.string("detail"), at: SourceRange(start, end))
    case let kind: throw fields.error("kind", "is '\(kind)', which is no way for a run to end")
    }
  }
}
