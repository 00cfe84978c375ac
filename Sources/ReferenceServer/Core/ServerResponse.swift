import JSON

/// An answer. What HTTP itself needs (length, date, connection) the server adds.
package struct ServerResponse: Sendable {
  package enum ContentType: UInt8, Sendable {
    case none
    case json
    /// UTF-8 text.
    case text
    /// Prometheus' text format 0.0.4.
    case prometheus

    static let count = 4
  }

  package var status: Int
  package var contentType: ContentType
  /// Beyond the ones that the server writes. A name or value that HTTP does not allow is left out.
  package var headers: [(name: String, value: String)]
  package var body: [UInt8]
  /// Closes the connection after this answer.
  package var closes = false

  package init(
    status: Int, contentType: ContentType = .none, headers: [(name: String, value: String)] = [], body: [UInt8] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.headers = headers
    self.body = body
  }

  package static func json(
    _ status: Int, _ value: JSONValue, headers: [(name: String, value: String)] = []
  ) -> ServerResponse {
    var body: [UInt8] = []
    value.write(into: &body)
    return ServerResponse(status: status, contentType: .json, headers: headers, body: body)
  }

  /// JSON that is already text.
  package static func json(
    _ status: Int, bytes: [UInt8], headers: [(name: String, value: String)] = []
  ) -> ServerResponse {
    ServerResponse(status: status, contentType: .json, headers: headers, body: bytes)
  }

  package static func text(_ status: Int, _ text: String) -> ServerResponse {
    ServerResponse(status: status, contentType: .text, body: Array(text.utf8))
  }

  package static func empty(
    _ status: Int, headers: [(name: String, value: String)] = []
  ) -> ServerResponse {
    ServerResponse(status: status, headers: headers)
  }

  /// `{"error": {"code": …, "message": …}}`: the envelope of the server itself and of most of its systems.
  package static func error(_ status: Int, _ code: String, _ message: String) -> ServerResponse {
    .json(status, ["error": ["code": .string(code), "message": .string(message)]])
  }
}
