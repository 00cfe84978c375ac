import EventLoop

/// A host and port that connections go to, with the addresses of its name, which they use in turn.
///
/// libcurl tries the addresses it is given in their order. Each connection is given them in another one, so that a name with
/// several addresses has its connections spread over all of them, and those of one that refuses fall to the next.
final class HostAddresses {
  enum State {
    case unknown
    case lookingUp
    case known
  }

  let host: String
  let port: UInt16
  /// Attempts that wait for the first addresses.
  var waiting: [ConnectAttempt] = []
  /// Ends their wait; set while they do.
  var timer: TurnTimer?
  /// How many times the name was looked up: a late answer must not be taken for that to a later question.
  private(set) var lookups = 0

  /// `host:port:address,…` for each order of the addresses, as `CURLOPT_RESOLVE` takes it.
  private var orders: [String] = []
  private var next: Int
  private var isLookingUp = false
  /// When the addresses became known; `max` for those that the options name.
  private var knownSince: UInt64 = 0

  /// Names are looked up again after this many nanoseconds, as libcurl's own cache does. The system's resolver, which does
  /// not tell how long an answer holds, has a cache of its own where one is wanted.
  private static let lifetime: UInt64 = 60_000_000_000

  /// - Parameter offset: The address that the first connection uses: workers begin with different ones.
  init(host: String, port: UInt16, offset: Int) {
    self.host = host
    self.port = port
    next = offset
  }

  var state: State { orders.isEmpty ? isLookingUp ? .lookingUp : .unknown : .known }

  /// Whether the name is to be looked up, for the first time or again. Meanwhile the addresses that are known serve.
  func isStale(at now: UInt64) -> Bool {
    !isLookingUp && (orders.isEmpty || knownSince != .max && now &- knownSince >= Self.lifetime)
  }

  /// - Returns: The lookup's number.
  func beginLookup() -> Int {
    isLookingUp = true
    lookups += 1
    return lookups
  }

  /// Ends a lookup that brought nothing; known addresses stay as they are for as long again.
  func giveUp(at now: UInt64) {
    isLookingUp = false
    knownSince = now
  }

  /// Takes addresses, IPv6 ones in brackets: those to be used in turn, and those for when all of them fail.
  ///
  /// - Parameter now: `max` if they hold for good.
  func take(_ addresses: [String], fallbacks: [String] = [], at now: UInt64) {
    isLookingUp = false
    knownSince = now
    orders = addresses.indices.map { first in
      let order = Array(addresses[first...]) + addresses[..<first] + fallbacks
      return "\(host):\(port):\(order.joined(separator: ","))"
    }
  }

  /// The addresses for the next connection.
  func nextOrder() -> String {
    next = (next + 1) % orders.count
    return orders[(next + orders.count - 1) % orders.count]
  }
}
