/// Departures from the grammar of RFC 9112 with which a response may still be read, each as curl reads it.
///
/// None of them is tolerated unless the reader is told so. Folded header fields are not among them: RFC 9112, section 5.2,
/// has every user agent read those.
package struct HTTPDeviations: OptionSet, Hashable, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }

  /// A line of a head, of a chunk or of a trailer ends in LF without CR.
  package static let bareLineFeeds = HTTPDeviations(rawValue: 1 << 0)
  /// The chunks count, and the connection is closed after them.
  package static let lengthWithChunked = HTTPDeviations(rawValue: 1 << 1)
  /// It is passed over.
  package static let identityCoding = HTTPDeviations(rawValue: 1 << 2)
  /// A second `Transfer-Encoding: chunked` is passed over.
  package static let repeatedCoding = HTTPDeviations(rawValue: 1 << 3)
  /// The chunks count, and the connection is closed after them.
  package static let codingInOldVersion = HTTPDeviations(rawValue: 1 << 4)
  /// `Content-Length: 2, 2`, all equal.
  package static let lengthList = HTTPDeviations(rawValue: 1 << 5)
  package static let blankBeforeColon = HTTPDeviations(rawValue: 1 << 6)
  /// Any visible character but a colon, and blanks within.
  package static let oddHeaderNames = HTTPDeviations(rawValue: 1 << 7)
  /// Any but NUL, CR and LF.
  package static let controlCharacters = HTTPDeviations(rawValue: 1 << 8)
  package static let blankAfterChunkSize = HTTPDeviations(rawValue: 1 << 9)
  /// What follows the size and a semicolon is passed over.
  package static let oddChunkExtensions = HTTPDeviations(rawValue: 1 << 10)
  /// A trailer field that would change the framing is passed over.
  package static let framingInTrailers = HTTPDeviations(rawValue: 1 << 11)

  /// Each of them, in the order of its bit, in words that go on from "responses with".
  package static let names: [String] = [
    "bare LF line ends", "Content-Length and Transfer-Encoding: chunked", "Transfer-Encoding: identity",
    "Transfer-Encoding: chunked twice", "Transfer-Encoding in HTTP/1.0", "a list of equal Content-Length values",
    "white space before a colon", "characters in header names that are not allowed there",
    "control characters in header values", "white space after a chunk size", "malformed chunk extensions",
    "framing fields in a trailer",
  ]

  package static let all = HTTPDeviations(rawValue: 1 << UInt16(names.count) - 1)
}

extension HTTPMessageError {
  /// Whether a lenient reader reads what was refused for this reason; `nil` if it depends on more than the reason.
  package var isReadLeniently: Bool? {
    switch self {
    case .bareLineFeed, .contentLengthWithTransferEncoding, .transferEncodingInOldVersion, .spaceBeforeColon,
      .badHeaderName, .badChunkExtension, .forbiddenTrailer:
      true
    case .unsupportedTransferCoding, .contentLengthList, .controlCharacter: nil
    default: false
    }
  }
}
