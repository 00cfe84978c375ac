/// What connections went through, beside being opened and failing to be.
package struct ConnectionEvents: Sendable, Hashable {
  /// Requests that were sent again on a new connection, since a used one was closed before a byte of the response.
  package var reopened: UInt64
  /// Connections that were replaced before use, having been idle for as long as they may be.
  package var renewed: UInt64
  /// Responses that no request asked for.
  package var surplusResponses: UInt64
  /// Responses that were read though they depart from the grammar of HTTP/1.1, by what was amiss.
  package var lenient: [String: UInt64]

  package init(
    reopened: UInt64 = 0, renewed: UInt64 = 0, surplusResponses: UInt64 = 0, lenient: [String: UInt64] = [:]
  ) {
    self.reopened = reopened
    self.renewed = renewed
    self.surplusResponses = surplusResponses
    self.lenient = lenient
  }

  package mutating func merge(_ other: ConnectionEvents) {
    reopened += other.reopened
    renewed += other.renewed
    surplusResponses += other.surplusResponses
    lenient.merge(other.lenient, uniquingKeysWith: +)
  }
}
