import EventLoop
import HTTPClient

/// Runs `body` on a loop with a client, and ends both.
func withClient<Result: Sendable>(
  _ configure: (inout HTTPClientOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (HTTPClient) async throws -> Result
) async throws -> Result {
  var options = HTTPClientOptions()
  configure(&options)
  let thread = try LoopThread(name: "client")
  defer { thread.stopAndJoin() }
  let settled = options
  return try await Task(executorPreference: thread.loop) {
    let client = try HTTPClient(loop: thread.loop, options: settled)
    defer { client.cancelAll() }
    return try await body(client)
  }.value
}

/// A server, and a client that talks to it.
func withServer<Result: Sendable>(
  _ configure: (inout HTTPClientOptions) -> Void = { _ in },
  serve: @escaping @Sendable (Peer) -> Void,
  _ body: @escaping @Sendable (HTTPClient, HTTPOrigin) async throws -> Result
) async throws -> Result {
  let server = try TestServer(serve)
  server.start()
  defer { server.stop() }
  return try await withClient(configure) { client in
    try await body(client, client.origin(HTTPEndpoint(scheme: .http, host: "127.0.0.1", port: server.port)))
  }
}

extension HTTPExchange {
  /// Fills in a request without a body.
  func get(_ path: String = "/", method: String = "GET") {
    head = Array("\(method) \(path) HTTP/1.1\r\nhost: test\r\n\r\n".utf8)
    requestBody = .none
    chunked = false
    expectsNoBody = method == "HEAD"
  }

  func post(_ body: HTTPRequestBody, chunked: Bool = false) {
    let framing = chunked ? "transfer-encoding: chunked" : "content-length: \(body.count)"
    head = Array("POST / HTTP/1.1\r\nhost: test\r\n\(framing)\r\n\r\n".utf8)
    requestBody = body
    self.chunked = chunked
    expectsNoBody = false
  }

  var bodyText: String { String(decoding: body, as: UTF8.self) }

  /// The outcome in a word: the status, or the failure's name.
  var outcome: String { failure?.rawValue ?? String(status) }
}

/// Counts from many threads.
final class Counter: Sendable {
  private let count = Locked(0)

  @discardableResult
  func next() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }

  var value: Int { count.withLock { $0 } }
}
