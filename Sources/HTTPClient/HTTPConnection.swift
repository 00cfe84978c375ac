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
  /// It may carry another request after the one under way.
  @exclusivity(unchecked) var isReusable: Bool
  /// When the last response was complete; before the first, when the connection was.
  @exclusivity(unchecked) private(set) var idleSince: UInt64
  /// Idle for as many nanoseconds, it is replaced rather than used.
  @exclusivity(unchecked) private(set) var idleLimit: UInt64
  /// The round trip that the kernel measured while connecting, nanoseconds; 0 if it did not. No response comes sooner.
  let roundTrip: UInt64
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
    now: UInt64,
    user: UserConnection?
  ) {
    clientReference = .passUnretained(client)
    originReference = .passUnretained(origin)
    self.descriptor = descriptor
    self.handle = handle
    session = handle.flatMap { client.session(of: $0, on: descriptor) }
    self.policy = policy
    isReusable = policy != .fresh && !origin.answersUnasked
    idleSince = now
    idleLimit = client.options.keepAlive ?? .max
    roundTrip = stampede_round_trip(descriptor)
    owner = user.map { .passUnretained($0) }
    wire = RequestWire(headCount: 0, bodyCount: 0, chunked: false)
  }

  var client: HTTPClient { clientReference.takeUnretainedValue() }
  var origin: HTTPOrigin { originReference.takeUnretainedValue() }
  var exchange: HTTPExchange? { carried?.takeUnretainedValue() }
  var user: UserConnection? { owner?.takeUnretainedValue() }

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
    exchange.connectionWait = now &- exchange.started
    exchange.sent = now
    carry(exchange)
  }

  /// Sends the request once more, which another connection has carried before. Its times go on.
  func startAgain(_ exchange: HTTPExchange) { carry(exchange) }

  @inline(__always)
  private func carry(_ exchange: HTTPExchange) {
    exchange.connection = self
    if exchange.closesConnection { isReusable = false }
    carried = .passUnretained(exchange)
    requests &+= 1
    task = exchange.continuation.map { unsafeBitCast($0, to: UnsafeRawPointer.self) }
    exchange.startTimeout(on: self)
    sendRequest(of: exchange)
  }

  /// An idle connection learns at once what has happened to it: somebody may be about to use it.
  override func notice(_ readiness: Readiness) {
    if carried == nil { ready(readiness) }
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
    idleSince = now
    carried = nil
    if isSending {
      exchange.answeredEarly = true
      isSending = false
      close()
    } else if !reusable {
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

  /// The connection ended before a byte of a response. The target may have closed it before the request came, as it may at
  /// any time while it is idle (RFC 9112, section 9.5): on one that was used before, what may be sent again is.
  func lose(_ exchange: HTTPExchange, _ failure: TransportFailure, _ detail: String) {
    guard requests > 1, policy == .pooled || user != nil else { return fail(failure, detail) }
    guard exchange.repetition == .allowed else {
      return fail(failure, detail + explanation(of: exchange))
    }
    carried = nil
    isSending = false
    client.sendAgain(exchange, insteadOf: self)
  }

  /// Why a connection that was used before may have ended, and what helps.
  private func explanation(of exchange: HTTPExchange) -> String {
    let idle: UInt64 = exchange.sent &- idleSince
    var text: String
    if idle >= Self.longIdle {
      text =
        ": the connection had been idle for \(Self.seconds(idle)); the target closes idle connections."
        + " Set client.keep_alive below its limit."
    } else {
      text = ", on a connection that had carried \(requests - 1) before."
    }
    switch exchange.repetition {
    case .allowed: break
    case .notIdempotent:
      text +=
        " The request was not sent again: it is not idempotent and has no Idempotency-Key (RFC 9110, section 9.2.2);"
        + " client.retry_closed: 'all' sends it again all the same."
    case .switchedOff: text += " The request was not sent again: client.retry_closed is 'never'."
    }
    return text
  }

  /// No target closes a connection that has been idle for less because of that.
  private static let longIdle: UInt64 = 100_000_000

  private static func seconds(_ nanoseconds: UInt64) -> String {
    let tenths: UInt64 = (nanoseconds + 50_000_000) / 100_000_000
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// The target says how long it keeps the connection while it is idle. A request that comes late in that time might meet
  /// its end: the connection is given up a second before, or after half of a time that is not over two seconds.
  func note(keepAliveSeconds seconds: Int) {
    let stated = UInt64(seconds) &* 1_000_000_000
    let limit: UInt64 = seconds > 2 ? stated &- 1_000_000_000 : stated / 2
    idleLimit = min(limit, client.options.keepAlive ?? .max)
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
    if origin.answersUnasked {
      // Without an orderly end: there may be one for each request, and each would hold a local port for a minute.
      var option = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
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
    case .bytes(let count):
      noteUnasked(UnsafeRawBufferPointer(rebasing: client.receiveBuffer[..<count]))
      close()
    case .closed, .failed: close()
    }
  }

  /// Closes an idle connection after a last look at what has come.
  func retire() {
    if isOpen, !isBusy { idleChanged() }
    close()
  }
}
