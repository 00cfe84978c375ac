/// What a client's connections went through, beside being opened and failing to be.
package struct HTTPClientEvents: Sendable, Hashable {
  /// Requests that were sent again on a new connection, since the one before was closed without a byte of a response.
  package internal(set) var reopened: UInt64 = 0
  /// Connections that were replaced because they had been idle for as long as they may be.
  package internal(set) var renewed: UInt64 = 0
  /// Responses that no request asked for.
  package internal(set) var surplusResponses: UInt64 = 0
  /// Responses that were read though they depart from the grammar, by the name of the deviation.
  package internal(set) var lenient: [String: UInt64] = [:]
}
