import CLibcurl
import CLinux
import Glibc

/// An address that a connection was tried to, kept for messages.
struct SocketAddress: CustomStringConvertible {
  private var storage = sockaddr_storage()
  private var length: Int

  init(_ address: UnsafeMutablePointer<curl_sockaddr>) {
    let offset: Int = MemoryLayout<curl_sockaddr>.offset(of: \.addr)!
    length = min(Int(address.pointee.addrlen), MemoryLayout<sockaddr_storage>.size)
    withUnsafeMutableBytes(of: &storage) { bytes in
      bytes.copyMemory(
        from: UnsafeRawBufferPointer(start: UnsafeRawPointer(address) + offset, count: length))
    }
  }

  /// `127.0.0.1:8080`, `[::1]:8080` or the path of a unix socket.
  var description: String {
    withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET:
        let address: sockaddr_in = bytes.load(as: sockaddr_in.self)
        return "\(Self.text(AF_INET, address.sin_addr)):\(UInt16(bigEndian: address.sin_port))"
      case AF_INET6:
        let address: sockaddr_in6 = bytes.load(as: sockaddr_in6.self)
        return "[\(Self.text(AF_INET6, address.sin6_addr))]:\(UInt16(bigEndian: address.sin6_port))"
      case AF_UNIX:
        let path = bytes[MemoryLayout<sa_family_t>.size..<length].prefix { $0 != 0 }
        return String(decoding: path, as: UTF8.self)
      default:
        return "an address of family \(storage.ss_family)"
      }
    }
  }

  private static func text<Address>(_ family: Int32, _ address: Address) -> String {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(INET6_ADDRSTRLEN)) { text in
      withUnsafePointer(to: address) {
        _ = inet_ntop(family, $0, text.baseAddress!, socklen_t(text.count))
      }
      return String(cString: text.baseAddress!)
    }
  }
}
