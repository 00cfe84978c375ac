/// Why a request has no answer. The raw value is the name of the outcome in scenarios and reports.
package enum TransportFailure: String, Error, Sendable, CaseIterable {
  /// The host's name was not resolved, or not within the connect timeout.
  case dns
  /// Nobody listens there.
  case connectRefused = "connect_refused"
  /// No connection within the connect timeout, TLS handshake included.
  case connectTimeout = "connect_timeout"
  /// Any other reason for which there is no connection: no route, no such socket file.
  case connectFailed = "connect_failed"
  /// The handshake failed, or a certificate was not accepted.
  case tls
  /// The proxy was not reached, or it refused.
  case proxy
  /// This process or machine has no file descriptor left: the generator's fault, not the target's.
  case noDescriptors = "no_descriptors"
  /// This machine has no local port left for the target's address: the generator's fault, not the target's.
  case noPorts = "no_ports"
  /// The connection was reset while the request was under way.
  case reset
  /// The target closed the connection before the first byte of an answer.
  case closed
  /// The target closed the connection in the middle of an answer.
  case truncated
  /// No complete answer within the request's timeout.
  case timeout
  /// What arrived is not HTTP, or is ambiguous.
  case malformed
  /// The head of the answer is over a limit.
  case tooLarge = "too_large"
  /// The client was told to end it.
  case cancelled

  /// Whether it speaks of the load generator's machine rather than of the target.
  package var isGeneratorFault: Bool { self == .noDescriptors || self == .noPorts }

  /// Whether the request was never sent, so that it cannot have taken effect.
  package var precedesRequest: Bool {
    switch self {
    case .dns, .connectRefused, .connectTimeout, .connectFailed, .tls, .proxy, .noDescriptors, .noPorts: true
    case .reset, .closed, .truncated, .timeout, .malformed, .tooLarge, .cancelled: false
    }
  }
}

/// A failure with the words that a person needs: the address tried, and what libcurl or the system said.
package struct TransportError: Error, Sendable, Hashable, CustomStringConvertible {
  package var failure: TransportFailure
  package var detail: String

  package init(_ failure: TransportFailure, _ detail: String) {
    self.failure = failure
    self.detail = detail
  }

  package var description: String { "\(failure.rawValue): \(detail)" }
}
