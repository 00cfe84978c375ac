import JSON

/// `run.json`: what was run.
extension RunIdentity {
  /// Names the format and its version; a change that older readers would misread raises the version.
  package static let schema = "stampede.run/1"

  package var json: JSONValue {
    var fields = [
      JSONField("schema", .string(Self.schema)),
      JSONField("scenario", .string(scenario)),
      JSONField("summary", .string(summary)),
      JSONField("file", .string(file)),
      JSONField("target", .string(target)),
      JSONField("seed", seed.json),
      JSONField("profile", profile.map { .string($0) } ?? .null),
      JSONField("incidents", incidents.json),
      JSONField("overrides", overrides.json),
      JSONField("workers", workers.json),
      JSONField("server_loops", serverLoops.json),
      JSONField("started_at", startedAt.json),
      JSONField("git_revision", gitRevision.map { .string($0) } ?? .null),
      JSONField("machine", .string(machine)),
      JSONField("version", .string(version)),
      JSONField("scenario_check", scenarioCheck.map { .string($0) } ?? .null),
    ]
    if !attempts.isEmpty { fields.append(JSONField("attempts", .array(attempts.map(\.json)))) }
    return .object(fields)
  }

  package init(json: JSONValue) throws(JournalError) {
    do {
      self = try Self(fields: RecordFields(json))
    } catch {
      throw .malformed(line: nil, path: error.path, problem: error.problem)
    }
  }

  /// What to do about a format that is not known.
  static func known(_ schemas: String) -> String {
    "this stampede reads \(schemas): another version wrote it; read it with that version (run.json names it), or run the "
      + "scenario again"
  }

  init(fields: RecordFields) throws(RecordError) {
    let schema = try fields.string("schema")
    guard schema == Self.schema else {
      throw fields.error("schema", "is '\(schema)', and \(Self.known(Self.schema))")
    }
    self.init(
      scenario: try fields.string("scenario"), file: try fields.string("file"), target: try fields.string("target"),
      seed: try fields.unsigned("seed"))
    summary = try fields.string("summary")
    profile = try fields.optionalString("profile")
    incidents = try fields.strings("incidents")
    overrides = try fields.strings("overrides")
    workers = try fields.count("workers")
    serverLoops = try fields.count("server_loops")
    startedAt = try fields.unsigned("started_at")
    gitRevision = try fields.optionalString("git_revision")
    machine = try fields.string("machine")
    version = try fields.string("version")
    scenarioCheck = try fields.optionalString("scenario_check")
    if fields.optional("attempts") != nil {
      for attempt in try fields.objects("attempts") { attempts.append(try RunAttempt(fields: attempt)) }
    }
  }
}

extension RunAttempt {
  var json: JSONValue {
    [
      "verdict": .string(verdict), "exit_code": exitCode.json, "cause": cause.map { .string($0) } ?? .null,
      "reason": .string(reason), "directory": directory.map { .string($0) } ?? .null,
    ]
  }

  init(fields: RecordFields) throws(RecordError) {
    self.init(
      verdict: try fields.string("verdict"), exitCode: try fields.count("exit_code"),
      cause: try fields.optionalString("cause"), reason: try fields.string("reason"),
      directory: try fields.optionalString("directory"))
  }
}
