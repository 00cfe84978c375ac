/// Why a message was refused, by a reader or by the writer.
///
/// Every case is one rule of RFC 9110 or RFC 9112, or one limit. A reader that has returned an error stays in it:
/// after a fault in the framing nobody can say where the next message would begin, so the connection must be closed.
package enum HTTPMessageError: String, Error, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  // Lines
  case bareLineFeed
  case bareCarriageReturn
  case controlCharacter

  // Start lines
  case badRequestLine
  case badMethod
  case badTarget
  case badStatusLine
  case badVersion
  case unsupportedVersion

  // Header fields
  case whitespaceBeforeFirstHeader
  case obsoleteLineFolding
  case emptyHeaderName
  case badHeaderName
  case spaceBeforeColon
  case headerWithoutColon
  case badHeaderValue
  case headTooLarge
  case tooManyHeaders

  // Host
  case missingHost
  case duplicateHost
  case badHost

  // Framing
  case badContentLength
  case contentLengthList
  case contentLengthOverflow
  case conflictingContentLengths
  case contentLengthWithTransferEncoding
  case unsupportedTransferCoding
  case transferEncodingInOldVersion
  case contradictoryFraming

  // Chunks
  case badChunkSize
  case chunkSizeOverflow
  case badChunkExtension
  case chunkLineTooLong
  case chunkNotTerminated
  case trailersTooLarge
  case forbiddenTrailer

  // Order and end
  case tooManyInterimResponses
  case upgradeNotAsked
  case closedBeforeMessage
  case truncated

  /// A stable name, for outcomes, counters and logs.
  package var name: String { rawValue }

  package var description: String {
    switch self {
    case .bareLineFeed: "a line feed without a carriage return before it"
    case .bareCarriageReturn: "a carriage return without a line feed after it"
    case .controlCharacter: "a control character in a head or in a chunk's size line"
    case .badRequestLine: "the request line is not 'METHOD TARGET HTTP/1.1' with single spaces"
    case .badMethod: "the method is not a token"
    case .badTarget: "the request target is neither a path, an absolute URL, host:port for CONNECT nor * for OPTIONS"
    case .badStatusLine: "the response does not begin with a status line ('HTTP/1.1 200 OK')"
    case .badVersion: "the protocol version is not written as HTTP/1.1 or HTTP/1.0"
    case .unsupportedVersion: "the protocol's major version is not 1"
    case .whitespaceBeforeFirstHeader: "white space before the first header field"
    case .obsoleteLineFolding: "a header field is folded over two lines"
    case .emptyHeaderName: "a header field without a name"
    case .badHeaderName: "a header name with a character that is not allowed in it"
    case .spaceBeforeColon: "white space in a header name, or between it and its colon"
    case .headerWithoutColon: "a header line without a colon"
    case .badHeaderValue: "a header value with a control character in it"
    case .headTooLarge: "the head is larger than the limit"
    case .tooManyHeaders: "more header fields than the limit"
    case .missingHost: "a request without a Host field"
    case .duplicateHost: "a request with more than one Host field"
    case .badHost: "the Host field is not a host with an optional port"
    case .badContentLength: "Content-Length is not a number of decimal digits"
    case .contentLengthList: "Content-Length is a list"
    case .contentLengthOverflow: "Content-Length is above 2^63 - 1"
    case .conflictingContentLengths: "two Content-Length fields that differ"
    case .contentLengthWithTransferEncoding: "both Content-Length and Transfer-Encoding"
    case .unsupportedTransferCoding: "a Transfer-Encoding other than a single 'chunked'"
    case .transferEncodingInOldVersion: "Transfer-Encoding in an HTTP/1.0 message"
    case .contradictoryFraming: "header fields that contradict how the body is to be sent"
    case .badChunkSize: "a chunk size that is not a hexadecimal number"
    case .chunkSizeOverflow: "a chunk size above 2^63 - 1"
    case .badChunkExtension: "a chunk extension that does not follow the grammar"
    case .chunkLineTooLong: "a chunk's size line is longer than the limit"
    case .chunkNotTerminated: "a chunk's data is not followed by CR LF"
    case .trailersTooLarge: "the trailer section is larger than the limit"
    case .forbiddenTrailer: "a trailer field that would change the message's framing or routing"
    case .tooManyInterimResponses: "more interim (1xx) responses than the limit"
    case .upgradeNotAsked: "101 Switching Protocols, which no request asked for"
    case .closedBeforeMessage: "the connection was closed before the message began"
    case .truncated: "the connection was closed in the middle of the message"
    }
  }

  /// The status with which a server answers a request that was refused for this reason (RFC 9110, section 15).
  package var responseStatus: Int {
    switch self {
    case .headTooLarge, .tooManyHeaders, .trailersTooLarge: 431
    case .unsupportedVersion: 505
    case .unsupportedTransferCoding: 501
    case .contentLengthOverflow, .chunkSizeOverflow: 413
    default: 400
    }
  }
}
