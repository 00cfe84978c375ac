import EventLoop

/// What follows a request's head.
package enum HTTPRequestBody: Sendable {
  case none
  case bytes([UInt8])
  /// `count` times `byte`, without a buffer of that size.
  case repeated(byte: UInt8, count: Int)

  package var count: Int {
    switch self {
    case .none: 0
    case .bytes(let bytes): bytes.count
    case .repeated(_, let count): count
    }
  }
}

/// One request and what came of it. A virtual user owns one and fills it anew for each request: once its buffers
/// have grown, nothing is allocated.
///
/// To be touched on the client's loop only.
package final class HTTPExchange: @unchecked Sendable {
  // MARK: Set before `perform`

  /// The whole head of the request, blank line included; with `Content-Length` or `Transfer-Encoding` where there
  /// is a body.
  package var head: [UInt8] = []
  package var requestBody = HTTPRequestBody.none
  /// Frame the body in chunks; the head must say so.
  package var chunked = false
  /// The request is `HEAD`: its answer has no body whatever the head says.
  package var expectsNoBody = false
  /// Keep the answer's body in `body`, up to `maxBodyBytes`. Otherwise it is only counted.
  package var keepBody = true
  package var maxBodyBytes = 16 << 20
  /// Nanoseconds from `sent` to `done`.
  package var timeout: UInt64 = 30_000_000_000

  // MARK: Filled by `perform`

  /// `nil` where an answer came.
  package internal(set) var failure: TransportFailure?
  /// The failure in words, with the address; empty where an answer came.
  package internal(set) var detail = ""
  package internal(set) var status = 0
  package internal(set) var body: [UInt8] = []
  /// Of the answer, received, framing left out; more than `body.count` where it was not kept or was cut.
  package internal(set) var bodyBytes = 0
  package internal(set) var bodyTruncated = false

  /// `perform` was called. Monotonic nanoseconds, as the other instants.
  package internal(set) var started: UInt64 = 0
  /// Just before the first byte went to the kernel; 0 where none did.
  package internal(set) var sent: UInt64 = 0
  /// The first bytes of the answer were there; 0 where none came. An interim answer (1xx) counts.
  package internal(set) var firstByte: UInt64 = 0
  /// The last byte was there, or the failure was found.
  package internal(set) var done: UInt64 = 0
  /// Bytes handed to the connection, and had from it, with heads and framing; under TLS before encryption.
  package internal(set) var bytesSent = 0
  package internal(set) var bytesReceived = 0
  /// The request waited for a connection to be opened for it.
  package internal(set) var openedConnection = false
  /// From the start of resolving to the connection's being ready, where one was opened for this request.
  package internal(set) var connectTime: UInt64 = 0
  /// From `started` to having a connection.
  package internal(set) var connectionWait: UInt64 = 0
  /// The answer was complete before the request was.
  package internal(set) var answeredEarly = false

  package init() {}
}
