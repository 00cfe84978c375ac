import EventLoop
import JSON
import ReferenceServer

/// A target whose answers the test chooses, and that remembers what it was asked.
final class ProbeSystem: ReferenceSystem {
  static let name = "probe"
  static let incidents: [Incident] = []

  struct Seen: Sendable {
    var method: String
    var target: String
    var body: String
    var authorization: String?
    /// When the request was there, monotonic nanoseconds.
    var arrived: UInt64
  }

  private struct State {
    var seen: [Seen] = []
    var granted: [(key: String, at: UInt64)] = []
    var watcher: (@Sendable (_ count: Int) -> Void)?
    var mostAtOnce = 0
    var atOnce = 0
    var gathered = 0
  }

  private let state = Locked(State())

  init(context: ServerContext) {}
  func reset() {}
  func truth() -> JSONValue { [:] }

  /// Requests so far, but those of the control interface.
  var seen: [Seen] { state.withLock { $0.seen } }
  var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

  func bodies(of path: String = "") -> [String] { seen.filter { $0.target.hasPrefix(path) }.map(\.body) }

  /// Calls `watcher` with the number of requests so far, at each.
  func watch(_ watcher: @escaping @Sendable (_ count: Int) -> Void) { state.withLock { $0.watcher = watcher } }

  func install(on router: inout Router) {
    for method in ["GET", "POST", "PUT"] {
      router.on(method, "/ok") { await self.serve($0) { _ in .json(200, ["fine": true]) } }
      router.on(method, "/status/{code}") { request in
        await self.serve(request) { .empty($0.parameters.integer("code") ?? 500) }
      }
      // Waits so many milliseconds.
      router.on(method, "/slow/{milliseconds}") { request in
        await self.serve(request) { request in
          try? await request.loop.sleep(for: .milliseconds(request.parameters.integer("milliseconds") ?? 0))
          return .empty(200)
        }
      }
      // Waits until so many are there, and so many milliseconds more. The next as many wait for each other again.
      router.on(method, "/gather/{count}/{milliseconds}") { request in
        await self.serve(request) { request in
          let count = request.parameters.integer("count") ?? 1
          let number = self.state.withLock { state in
            state.gathered += 1
            return state.gathered
          }
          let last = (number + count - 1) / count * count
          while self.state.withLock({ $0.gathered }) < last { try? await request.loop.sleep(for: .milliseconds(1)) }
          try? await request.loop.sleep(for: .milliseconds(request.parameters.integer("milliseconds") ?? 0))
          return .empty(200)
        }
      }
      // Says what it was told.
      router.on(method, "/say/{status}") { request in
        await self.serve(request) { .json($0.parameters.integer("status") ?? 200, bytes: $0.body) }
      }
    }
    // Grants each key once, with a number.
    router.on("POST", "/grant") { request in
      await self.serve(request) { request in
        let key = String(decoding: request.body, as: UTF8.self)
        let number = self.state.withLock { state in
          state.granted.append((key: key, at: EventLoop.now()))
          return state.granted.count
        }
        return .json(201, ["number": .integer(Int64(number)), "key": .string(key)])
      }
    }
    router.on("GET", "/granted") { request in
      await self.serve(request) { request in
        // With a lag, what was granted within so many milliseconds is not listed yet.
        let lag = UInt64(request.query("lag").flatMap { Int($0) } ?? 0) * 1_000_000
        let now = EventLoop.now()
        let granted = self.state.withLock { $0.granted }.filter { now >= lag && $0.at <= now - lag }.map(\.key)
        let size = request.query("size").flatMap { Int($0) } ?? granted.count
        let page = request.query("page").flatMap { Int($0) } ?? 0
        let rows = granted.dropFirst(page * size).prefix(size)
        return .json(200, ["rows": .array(rows.map { ["key": .string($0)] })])
      }
    }
    router.on("GET", "/token") { request in
      await self.serve(request) { _ in .json(200, ["token": "the-token"]) }
    }
  }

  private func serve(
    _ request: ServerRequest, _ answer: @Sendable (ServerRequest) async -> ServerResponse
  ) async -> ServerResponse {
    let seen = Seen(
      method: request.method, target: request.target, body: String(decoding: request.body, as: UTF8.self),
      authorization: request.header("authorization"), arrived: EventLoop.now())
    let (count, watcher) = state.withLock { state in
      state.seen.append(seen)
      state.atOnce += 1
      state.mostAtOnce = max(state.mostAtOnce, state.atOnce)
      return (state.seen.count, state.watcher)
    }
    watcher?(count)
    let response = await answer(request)
    state.withLock { $0.atOnce -= 1 }
    return response
  }
}
