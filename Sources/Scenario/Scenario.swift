import JSON
import Load

/// A scenario file, read and validated: everything a run needs to know but where and how it is run.
///
/// Durations are nanoseconds throughout. Ranges point into `source`, for messages that come up later than reading.
package struct Scenario: Sendable {
  package var source: SourceText
  package var name: String
  package var summary: String
  package var target: Target
  package var seed: UInt64?
  package var client: ClientOptions
  package var data: [DataSource]
  /// Run once by one user before the load; captures are visible to every user.
  package var setUp: [Step]
  package var traffic: [TrafficGroup]
  /// Run once after the load, also where it was interrupted.
  package var tearDown: [Step]
  package var invariants: [Invariant]
  package var thresholds: [Threshold]
  /// Left out of figures, not out of invariants.
  package var warmUp: UInt64?
  /// The most that everything after the load may take, nanoseconds: tear-down, ledgers, judging and writing.
  package var finishWithin: UInt64 = Scenario.usualFinish
  /// How thresholds are judged.
  package var verdict: VerdictRule
  /// How far the generator may be off.
  package var selfCheck: SelfCheckLimits
  /// Incidents of the reference server that are switched on before the load.
  package var incidents: [String]
  /// The state of the reference server that the load is meant for.
  package var reference: ReferenceState?
  /// Names of the profiles that the file offers.
  package var profileNames: [String]
  /// The profile that was applied.
  package var profile: String?
  /// Values of the environment that the scenario uses: nothing that is shown or written may contain one.
  package var secrets: [String]
  /// What the file itself says under secret names, which is no secret to the bundled server.
  package var literalSecrets: [String]
  /// Whether values of data under secret names are secret, too.
  package var hidesData: Bool

  package static let usualFinish: UInt64 = 300_000_000_000

  package enum Target: Sendable, Hashable {
    case reference
    case url(String)
  }

  package init(source: SourceText, name: String) {
    self.source = source
    self.name = name
    summary = ""
    target = .reference
    client = ClientOptions()
    data = []
    setUp = []
    traffic = []
    tearDown = []
    invariants = []
    thresholds = []
    verdict = .evidence
    selfCheck = SelfCheckLimits()
    incidents = []
    profileNames = []
    secrets = []
    literalSecrets = []
    hidesData = false
  }
}

/// How connections are made and kept.
package struct ClientOptions: Sendable, Hashable {
  package enum ConnectionPolicy: String, Sendable, CaseIterable {
    /// Each virtual user keeps one connection.
    case perUser = "per_user"
    /// Users of a worker share its connections.
    case pooled
    /// A new connection for each request.
    case fresh
  }

  /// Which requests are sent again whose used connection ended without a byte of a response.
  package enum RetryClosed: String, Sendable, CaseIterable {
    /// Those that may be repeated: by their method, or by an `Idempotency-Key` (RFC 9110, section 9.2.2).
    case idempotent
    case all
    case never
  }

  package var connections: ConnectionPolicy = .perUser
  package var retryClosed: RetryClosed = .idempotent
  /// An idle connection is replaced after this time rather than used again, nanoseconds; `nil`: the target decides.
  package var keepAlive: UInt64?
  /// Read responses that curl reads, though they depart from the grammar of HTTP/1.1.
  package var lenient = false
  /// From the start of resolving to the end of the TLS handshake.
  package var connectTimeout: UInt64 = 5_000_000_000
  /// From `sent` to `done`, where a step names none.
  package var requestTimeout: UInt64 = 30_000_000_000
  /// Added to each request that does not set them itself. Without variables: those with variables are in the steps.
  package var headers: [HeaderTemplate] = []
  /// Verify no certificate.
  package var insecure = false
  /// Files: as written where absolute, else beside the scenario file.
  package var caBundle: String?
  package var clientCertificate: String?
  package var clientKey: String?
  package var proxy: String?
  /// The same without its password and what it has from the environment.
  package var shownProxy: String?
  /// Ask an HTTP proxy for a tunnel to plain targets too.
  package var proxyTunnel = true
  package var unixSocket: String?
  /// Host names and the addresses to use for them in place of DNS: `host:port:address`.
  package var resolve: [String] = []
  /// Response bodies beyond this many bytes are counted, and not kept for matching.
  package var maxBodyBytes: Int = 16 << 20

  package init() {}
}

/// A named load shape and the steps of one iteration of its users.
package struct TrafficGroup: Sendable {
  package var name: String
  package var load: LoadShape
  package var startAfter: UInt64
  package var steps: [Step]
  /// Pause between iterations.
  package var thinkTime: DurationRange?
  /// The least time from the start of an iteration to the start of the user's next one.
  package var pacing: UInt64?
  package var connections: ClientOptions.ConnectionPolicy?
  package var range: SourceRange

  package init(name: String, load: LoadShape, steps: [Step], range: SourceRange) {
    self.name = name
    self.load = load
    self.steps = steps
    self.range = range
    startAfter = 0
  }
}

/// A duration drawn evenly from a range; both ends alike for a fixed one. Nanoseconds.
package struct DurationRange: Sendable, Hashable {
  package var least: UInt64
  package var most: UInt64

  package init(least: UInt64, most: UInt64) {
    self.least = least
    self.most = most
  }
}
