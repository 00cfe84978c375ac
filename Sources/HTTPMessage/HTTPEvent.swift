/// What a reader found next in the bytes it was given.
package enum HTTPEvent: Hashable, Sendable {
  /// All input is consumed, and the message goes on: receive more.
  case needMore
  /// A whole interim (1xx) response; the final one is still to come. Only from `ResponseReader`.
  case interim(status: Int)
  /// The head is complete: start line, headers and framing may be asked for.
  case head
  /// A piece of the body, never empty, as a range of offsets into the input of this very call.
  case body(Range<Int>)
  /// The message is complete. Bytes after it are not consumed.
  case end
  /// The message is refused, and nothing after it on this connection can be trusted.
  case failed(HTTPMessageError)
}

/// How the end of a message's body is found (RFC 9112, section 6.3).
package enum BodyFraming: Hashable, Sendable {
  case none
  /// Exactly so many bytes; at most 2^63 - 1.
  case length(UInt64)
  case chunked
  /// The body lasts until the peer closes. Responses only.
  case untilClose
}

/// The limits that a reader sets to what the other side may make it hold.
package struct HTTPLimits: Hashable, Sendable {
  /// Bytes of a head: from the first of its start line to the last of the empty line.
  package var maxHeadBytes: Int
  /// Header fields of a head; also fields of a trailer section.
  package var maxHeaderCount: Int
  /// Bytes of a chunk's size line with its extensions and CR LF.
  package var maxChunkLineBytes: Int
  /// Bytes of a trailer section with its empty line.
  package var maxTrailerBytes: Int
  /// Interim (1xx) responses before a final one.
  package var maxInterimResponses: Int

  package init(
    maxHeadBytes: Int = 65_536, maxHeaderCount: Int = 128, maxChunkLineBytes: Int = 256,
    maxTrailerBytes: Int = 8_192, maxInterimResponses: Int = 32
  ) {
    precondition(maxHeadBytes <= Int(Int32.max) && maxTrailerBytes <= Int(Int32.max), "offsets are 32 bits wide")
    self.maxHeadBytes = maxHeadBytes
    self.maxHeaderCount = maxHeaderCount
    self.maxChunkLineBytes = maxChunkLineBytes
    self.maxTrailerBytes = maxTrailerBytes
    self.maxInterimResponses = maxInterimResponses
  }
}
