import Testing

@testable import HTTPClient

@Suite("A request as bytes")
struct RequestWireTests {
  static let head = Array("POST / HTTP/1.1\r\n\r\n".utf8)

  /// The plain way: the whole message in one array.
  static func whole(_ body: HTTPRequestBody, chunked: Bool) -> [UInt8] {
    let data: [UInt8] =
      switch body {
      case .none: []
      case .bytes(let bytes): bytes
      case .repeated(let byte, let count): Array(repeating: byte, count: count)
      }
    if !chunked { return head + data }
    var message = head
    var rest = data[...]
    while !rest.isEmpty {
      let chunk = rest.prefix(RequestWire.chunkBytes)
      rest = rest.dropFirst(chunk.count)
      message += Array("\(String(chunk.count, radix: 16))\r\n".utf8) + chunk + Array("\r\n".utf8)
    }
    return message + Array("0\r\n\r\n".utf8)
  }

  static func bytes(_ count: Int) -> HTTPRequestBody {
    .bytes((0..<count).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 8) })
  }

  static func produce(_ body: HTTPRequestBody, chunked: Bool, from position: Int, window: Int) -> (Int, [UInt8]) {
    let wire = RequestWire(headCount: head.count, bodyCount: body.count, chunked: chunked)
    var output = [UInt8](repeating: 0xEE, count: window)
    let written = output.withUnsafeMutableBytes { wire.copy(from: position, head: head, body: body, into: $0) }
    return (wire.count, Array(output[..<written]))
  }

  @Test(
    "in windows of any size it is the message, byte for byte",
    arguments: [0, 1, 15, 16, 17, 255, 256, 4096, 16_383, 16_384, 16_385, 32_768, 50_000], [false, true])
  func windows(size: Int, chunked: Bool) {
    for body in [Self.bytes(size), .repeated(byte: 0x61, count: size)] {
      let expected = Self.whole(body, chunked: chunked)
      for window in [1000, 4096, 65_536, 1 << 20] {
        var produced: [UInt8] = []
        var length = 0
        repeat {
          let piece: [UInt8]
          (length, piece) = Self.produce(body, chunked: chunked, from: produced.count, window: window)
          if piece.isEmpty { break }
          produced += piece
        } while produced.count < expected.count
        #expect(length == expected.count)
        #expect(produced == expected, "window \(window)")
      }
    }
  }

  @Test("from any position on it is the rest of the message", arguments: [false, true])
  func positions(chunked: Bool) {
    let body = Self.bytes(2 * RequestWire.chunkBytes + 300)
    let expected = Self.whole(body, chunked: chunked)
    let edges = [0, Self.head.count, Self.head.count + RequestWire.chunkBytes, expected.count - 320, expected.count]
    for edge in edges {
      for position in max(0, edge - 24)...min(expected.count, edge + 24) {
        let (_, produced) = Self.produce(body, chunked: chunked, from: position, window: 64)
        #expect(produced == Array(expected[position...].prefix(64)), "position \(position)")
      }
    }
  }

  @Test("no body is the head alone, or a last chunk")
  func empty() {
    #expect(Self.produce(.none, chunked: false, from: 0, window: 100).1 == Self.head)
    #expect(Self.produce(.none, chunked: true, from: 0, window: 100).1 == Self.head + Array("0\r\n\r\n".utf8))
  }

  @Test("only a counted body stands on the wire as it is")
  func bodyOffsets() {
    let counted = RequestWire(headCount: 10, bodyCount: 100, chunked: false)
    #expect(counted.bodyOffset(at: 9) == nil)
    #expect(counted.bodyOffset(at: 10) == 0)
    #expect(counted.bodyOffset(at: 60) == 50)
    #expect(RequestWire(headCount: 10, bodyCount: 100, chunked: true).bodyOffset(at: 60) == nil)
  }
}
