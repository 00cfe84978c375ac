import JSON
import Measurement

/// `run.json`: what was run, enough to run it again.
package enum RunDocument {
  package static let schema: Int64 = 1
  package static let fileName = "run.json"
  /// The scenario's text as it was read; beside `run.json`, so that a run can be judged again after the file has changed.
  package static let scenarioFileName = "scenario.json5"

  package static func value(_ identity: RunIdentity) -> JSONValue {
    [
      "schema": .integer(schema),
      "scenario": .string(identity.scenario),
      "summary": .string(identity.summary),
      "file": .string(identity.file),
      "target": .string(identity.target),
      // Seeds use all 64 bits, and most readers of JSON keep 53.
      "seed": .string(String(identity.seed)),
      "profile": identity.profile.map { .string($0) } ?? .null,
      "incidents": .array(identity.incidents.map { .string($0) }),
      "overrides": .array(identity.overrides.map { .string($0) }),
      "workers": .integer(Int64(identity.workers)),
      "server_loops": .integer(Int64(identity.serverLoops)),
      "started_at": .string(UTCTime(nanosecondsSince1970: identity.startedAt).text),
      "started_at_ns": .integer(Int64(clamping: identity.startedAt)),
      "git_revision": identity.gitRevision.map { .string($0) } ?? .null,
      "machine": .string(identity.machine),
      "version": .string(identity.version),
    ]
  }

  /// - Throws: what is missing or of another kind.
  package static func identity(_ value: JSONValue) throws(RunDocumentError) -> RunIdentity {
    guard case .object = value else { throw RunDocumentError("is not an object") }
    guard let version = value["schema"]?.integer else { throw RunDocumentError("has no schema") }
    guard version == schema else {
      throw RunDocumentError("has schema \(version), and this version of Stampede reads \(schema)")
    }
    func text(_ key: String) throws(RunDocumentError) -> String {
      guard let text = value[key]?.string else { throw RunDocumentError("has no text '\(key)'") }
      return text
    }
    func texts(_ key: String) throws(RunDocumentError) -> [String] {
      guard let array = value[key]?.array else { throw RunDocumentError("has no list '\(key)'") }
      return array.compactMap(\.string)
    }
    func number(_ key: String) throws(RunDocumentError) -> Int64 {
      guard let number = value[key]?.integer, number >= 0 else { throw RunDocumentError("has no number '\(key)'") }
      return number
    }
    guard let seed = UInt64(try text("seed")) else { throw RunDocumentError("has no number in 'seed'") }
    var identity = RunIdentity(
      scenario: try text("scenario"), file: try text("file"), target: try text("target"), seed: seed)
    identity.summary = try text("summary")
    identity.profile = value["profile"]?.string
    identity.incidents = try texts("incidents")
    identity.overrides = try texts("overrides")
    identity.workers = Int(try number("workers"))
    identity.serverLoops = Int(try number("server_loops"))
    identity.startedAt = UInt64(try number("started_at_ns"))
    identity.gitRevision = value["git_revision"]?.string
    identity.machine = try text("machine")
    identity.version = try text("version")
    return identity
  }
}

/// What is wrong with a `run.json`.
package struct RunDocumentError: Error, Hashable, CustomStringConvertible {
  package var description: String

  init(_ description: String) { self.description = description }
}
