/// What goes wrong between the server and its clients, whatever the system.
struct NetworkFaults: Sendable {
  static let incidents: [Incident] = [
    Incident(
      "fault.drop-responses",
      "some answers to POST, PUT, PATCH and DELETE are thrown away once they are made, and the connection is closed",
      symptom: "requests without an answer, some of which have taken effect: retries, duplicates, doubt",
      mitigation: "make requests repeatable (Idempotency-Key), look at the ledger before trying again",
      parameter: .init("percent", standard: 5, in: 0.01...100))
  ]

  private let dropResponses: IncidentSwitch
  private let random: SharedRandom

  /// - Precondition: `incidents` are on the context's board.
  init(_ context: ServerContext) {
    dropResponses = context.incidents.named("fault.drop-responses")
    random = context.random("fault.drop-responses")
  }

  /// Whether the answer to a request is to be lost. Reads have no effect that could be in doubt, and the control
  /// interface is no part of what is tested.
  func drops(_ request: ServerRequest) -> Bool {
    guard dropResponses.isOn else { return false }
    switch request.method {
    case "POST", "PUT", "PATCH", "DELETE": break
    default: return false
    }
    return !request.target.hasPrefix("/_") && random.fraction() * 100 < dropResponses.parameter
  }
}
