import Dispatch
import EventLoop
import Glibc

/// Asks the system's resolver for the addresses of a name. It blocks, so a thread of Dispatch's waits for it.
enum NameLookup {
  /// The addresses of the family that the system puts first (RFC 6724), and those of the other; IPv6 ones in brackets.
  struct Addresses: Sendable, Equatable {
    var preferred: [String] = []
    var others: [String] = []
  }

  enum Outcome: Sendable, Equatable {
    case found(Addresses)
    /// The resolver's words.
    case failed(String)
  }

  /// - Parameter done: Called on the loop's thread.
  static func begin(_ host: String, on loop: EventLoop, _ done: @escaping @Sendable (Outcome) -> Void) {
    DispatchQueue.global().async {
      let outcome = lookUp(host)
      loop.submit { done(outcome) }
    }
  }

  static func lookUp(_ host: String) -> Outcome {
    var hints = addrinfo()
    hints.ai_family = hasIPv6 ? AF_UNSPEC : AF_INET
    hints.ai_socktype = streamSocket
    var list: UnsafeMutablePointer<addrinfo>?
    let code: Int32 = getaddrinfo(host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard code == 0, let first = list else {
      return .failed(code == EAI_SYSTEM ? String(cString: strerror(errno)) : String(cString: gai_strerror(code)))
    }
    var addresses = Addresses()
    var entry: UnsafeMutablePointer<addrinfo>? = first
    while let current = entry {
      if let text = text(of: current.pointee), !addresses.preferred.contains(text), !addresses.others.contains(text) {
        if current.pointee.ai_family == first.pointee.ai_family {
          addresses.preferred.append(text)
        } else {
          addresses.others.append(text)
        }
      }
      entry = current.pointee.ai_next
    }
    return addresses.preferred.isEmpty ? .failed("it has no address") : .found(addresses)
  }

  /// `SOCK_STREAM`, which Dispatch hides from Swift.
  private static let streamSocket: Int32 = 1

  private static func text(of entry: addrinfo) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
      let code: Int32 = getnameinfo(
        entry.ai_addr, entry.ai_addrlen, text.baseAddress!, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
      guard code == 0 else { return nil }
      let address = String(cString: text.baseAddress!)
      return entry.ai_family == AF_INET6 ? "[\(address)]" : address
    }
  }

  /// Without it the system may still know IPv6 addresses of a name, and each connection would fail with them first.
  private static let hasIPv6: Bool = {
    let descriptor: Int32 = socket(AF_INET6, streamSocket, 0)
    if descriptor >= 0 { close(descriptor) }
    return descriptor >= 0
  }()
}
