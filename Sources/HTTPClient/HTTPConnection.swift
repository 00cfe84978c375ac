import CLinux
import EventLoop
import Glibc
import HTTPMessage

/// An open connection, and the exchange that it carries.
///
/// Registered once, edge-triggered, for both directions: no `epoll_ctl` on the way of a request. It must therefore
/// be read until it is drained, which a receive that returns less than was asked for shows.
final class HTTPConnection: IOHandler {
  // The client, the origin and the exchange are others' to keep alive. On the way of a request they are used through
  // `Unmanaged`: to count them up and down would be two atomic operations each time.
  private let clientReference: Unmanaged<HTTPClient>
  private let originReference: Unmanaged<HTTPOrigin>
  let descriptor: Int32
  /// libcurl's handle, where the connection stays with it (TLS).
  let handle: CurlHandle?
  /// The way past it, where there is one.
  let session: TLSSession?
  let policy: ConnectionPolicy
  /// Whom it belongs to; `nil` in a pool, and once the user is gone.
  @exclusivity(unchecked) private var owner: Unmanaged<UserConnection>?

  /// Whoever waits for the answer, and what it will touch; only to be fetched ahead, never to be read.
  @exclusivity(unchecked) private var task: UnsafeRawPointer?
  @exclusivity(unchecked) var companion: UnsafeRawPointer?

  /// The exchange under way; the caller of `perform` keeps it alive.
  @exclusivity(unchecked) private var carried: Unmanaged<HTTPExchange>?
  /// Requests begun.
  @exclusivity(unchecked) private(set) var requests = 0
  @exclusivity(unchecked) private(set) var isOpen = true
  /// Positions among the client's connections, and among the origin's idle ones (-1: not there).
  @exclusivity(unchecked) var index = -1
  @exclusivity(unchecked) var idleIndex = -1

  /// The other side has closed or failed: it is read to its end, and carries no further request.
  @exclusivity(unchecked) var isPeerClosing = false
  /// It goes on in the loop's next round.
  var isPostponed = false
  /// Bytes to send or to receive before others have their turn.
  static let turnBytes = 512 << 10

  // The request under way.
  @exclusivity(unchecked) var wire: RequestWire
  @exclusivity(unchecked) var position = 0
  /// Part of the request is still to be sent.
  @exclusivity(unchecked) var isSending = false
  /// `errno` of a send that failed, or 0. What the target said before it closed is read all the same.
  var sendErrno: Int32 = 0

  init(
    client: HTTPClient, origin: HTTPOrigin, descriptor: Int32, handle: CurlHandle?, policy: ConnectionPolicy,
    user: UserConnection?
  ) {
    clientReference = .passUnretained(client)
    originReference = .passUnretained(origin)
    self.descriptor = descriptor
    self.handle = handle
    session = handle.flatMap { client.session(of: $0, on: descriptor) }
    self.policy = policy
    owner = user.map { .passUnretained($0) }
    wire = RequestWire(headCount: 0, bodyCount: 0, chunked: false)
  }

  var client: HTTPClient { clientReference.takeUnretainedValue() }
  var origin: HTTPOrigin { originReference.takeUnretainedValue() }
  var exchange: HTTPExchange? { carried?.takeUnretainedValue() }

  @inline(__always)
  func withClient<Result>(_ body: (HTTPClient) -> Result) -> Result { clientReference._withUnsafeGuaranteedRef(body) }

  @inline(__always)
  func leads(to origin: HTTPOrigin) -> Bool {
    originReference.toOpaque() == Unmanaged.passUnretained(origin).toOpaque()
  }

  @inline(__always)
  var isBusy: Bool { carried != nil }

  // MARK: Exchanges

  /// Sends the request of `exchange`. The connection is open and idle.
  @inline(__always)
  func start(_ exchange: HTTPExchange, at now: UInt64) {
    exchange.connection = self
    exchange.connectionWait = now &- exchange.started
    exchange.sent = now
    carried = .passUnretained(exchange)
    requests &+= 1
    task = exchange.continuation.map { unsafeBitCast($0, to: UnsafeRawPointer.self) }
    exchange.startTimeout(on: self)
    sendRequest(of: exchange)
  }

  override func ready(_ readiness: Readiness) {
    if !readiness.isDisjoint(with: [.error, .hangup, .peerClosed]) { isPeerClosing = true }
    if let carried {
      carried._withUnsafeGuaranteedRef { ready(readiness, $0) }
    } else if !readiness.isDisjoint(with: Self.incoming) {
      idleChanged()
    }
  }

  @inline(__always)
  private func ready(_ readiness: Readiness, _ exchange: HTTPExchange) {
    if isSending, !readiness.isDisjoint(with: [.writable, .error, .hangup]) {
      continueSending(exchange)
      if self.exchange !== exchange { return }
    }
    // Under TLS reading may have waited for room to write.
    if !readiness.isDisjoint(with: Self.incoming) || handle != nil {
      receive(exchange)
    }
  }

  override func foresee() {
    if let carried { stampede_prefetch(carried.toOpaque(), 7) }
    if let task { stampede_prefetch(task, 5) }
    if let companion { stampede_prefetch(companion, 5) }
    if let owner { stampede_prefetch(owner.toOpaque(), 2) }
  }

  private static let incoming: Readiness = [.readable, .error, .hangup, .peerClosed]

  /// The answer is complete.
  func complete(_ exchange: HTTPExchange, at now: UInt64, reusable: Bool) {
    exchange.done = now
    carried = nil
    if isSending {
      exchange.answeredEarly = true
      isSending = false
      close()
    } else if !reusable || policy == .fresh {
      close()
    } else if policy == .pooled {
      client.returnToPool(self)
    }
    withClient { $0.ended(exchange) }
  }

  /// There is no answer, or none that can be used.
  func fail(_ failure: TransportFailure, _ detail: String) {
    guard let exchange else { return }
    exchange.failure = failure
    exchange.detail = "\(origin.endpoint): \(detail)"
    exchange.done = monotonicNow()
    carried = nil
    isSending = false
    close()
    withClient { $0.ended(exchange) }
  }

  func timedOut() {
    guard let exchange else { return }
    // What has arrived counts, though the loop was late to read it.
    receive(exchange)
    guard self.exchange === exchange else { return }
    let limit = Duration.nanoseconds(Int64(clamping: exchange.timeout))
    let progress =
      isSending
      ? "\(position) of \(wire.count) bytes of the request sent"
      : exchange.bytesReceived == 0 ? "no byte received" : "\(exchange.bytesReceived) bytes received"
    fail(.timeout, "no complete answer within \(limit), \(progress)")
  }

  // MARK: The end

  /// Closes the connection, at any time but with an exchange under way.
  func close() {
    guard isOpen else { return }
    isOpen = false
    client.loop.deregister(descriptor, handler: self)
    if let handle {
      client.connector.close(handle)
    } else {
      Glibc.close(descriptor)
    }
    owner?.takeUnretainedValue().drop(self)
    owner = nil
    client.closed(self)
  }

  /// Something happened on a connection that carries no request: the target closed it, or sent what nobody asked
  /// for. No request is harmed; the next one opens a connection.
  private func idleChanged() {
    switch receiveBytes() {
    case .nothing: break
    case .bytes, .closed, .failed: close()
    }
  }
}
