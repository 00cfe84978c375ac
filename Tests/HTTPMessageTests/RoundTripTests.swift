import HTTPMessage
import Testing

@Suite("What the writer writes, the readers read")
struct RoundTripTests {
  private static let framings: [BodyFraming] = [.none, .length(0), .length(1), .length(700), .chunked]

  @Test("requests of all framings, many on one connection")
  func requests() throws {
    var random = SeededGenerator(seed: 7)
    var wire: [UInt8] = []
    var lines: [String] = []
    for round in 0..<200 {
      let framing: BodyFraming = Self.framings[round % Self.framings.count]
      let headers: [(String, String)] = [("Host", "h\(round)")] + fields(&random)
      let target = "/" + String(repeating: "p", count: round % 30)
      try HTTPWriter.requestHead(into: &wire, method: "M\(round)", target: target, headers: headers, framing: framing)
      let (body, trailers): ([UInt8], [(String, String)]) = try writeBody(framing, into: &wire, &random)
      let written: [(String, String)] = headers + framingField(framing)
      lines.append(
        "head 1.1 M\(round) \(target) \(framing) keepAlive=true continue=false \(described(written))")
      lines += described(body, trailers)
    }
    lines.append("failed closedBeforeMessage keepAlive=false")
    #expect(Transcript(RequestReader(), [wire]).lines == lines)
    #expect(Transcript(RequestReader(), wire.map { [$0] }).lines == lines)
  }

  @Test("responses of all framings, many on one connection")
  func responses() throws {
    var random = SeededGenerator(seed: 8)
    var wire: [UInt8] = []
    var lines: [String] = []
    for round in 0..<200 {
      let framing: BodyFraming = Self.framings[round % Self.framings.count]
      let headers: [(String, String)] = fields(&random)
      let keepAlive: Bool = round % 3 != 0
      try HTTPWriter.responseHead(
        into: &wire, status: 600 + round, headers: headers, framing: framing, keepAlive: keepAlive)
      let (body, trailers): ([UInt8], [(String, String)]) = try writeBody(framing, into: &wire, &random)
      let seen: BodyFraming = framing == .none ? .length(0) : framing
      let written: [(String, String)] = headers + (keepAlive ? [] : [("Connection", "close")]) + framingField(seen)
      lines.append("head 1.1 \(600 + round)  \(seen) keepAlive=\(keepAlive) \(described(written))")
      lines += described(body, trailers)
    }
    try HTTPWriter.responseHead(into: &wire, status: 200, headers: [], framing: .untilClose, keepAlive: false)
    wire += Array("to the end".utf8)
    lines.append("head 1.1 200 OK untilClose keepAlive=false <Connection|close>")
    lines += described(Array("to the end".utf8), [])
    #expect(Transcript(ResponseReader(), [wire]).lines == lines)
    #expect(Transcript(ResponseReader(), wire.map { [$0] }).lines == lines)
  }

  @Test("every status that the writer can write has a head that the reader reads")
  func statuses() throws {
    for status in 200...999 {
      var wire: [UInt8] = []
      try HTTPWriter.responseHead(into: &wire, status: status, headers: [], framing: .none, keepAlive: true)
      var reader = ResponseReader()
      var offset = 0
      #expect(wire.withUnsafeBytes { reader.read($0, from: &offset) } == .head)
      #expect(reader.status == status && reader.keepAlive && offset == wire.count)
    }
  }

  private func writeBody(
    _ framing: BodyFraming, into wire: inout [UInt8], _ random: inout SeededGenerator
  ) throws -> ([UInt8], [(String, String)]) {
    switch framing {
    case .none, .untilClose: return ([], [])
    case .length(let length):
      let body: [UInt8] = bytes(Int(length), &random)
      wire += body
      return (body, [])
    case .chunked:
      var body: [UInt8] = []
      for _ in 0..<Int.random(in: 0...4, using: &random) {
        let chunk: [UInt8] = bytes(Int.random(in: 0...300, using: &random), &random)
        HTTPWriter.chunk(into: &wire, chunk)
        body += chunk
      }
      let trailers: [(String, String)] = fields(&random)
      try HTTPWriter.lastChunk(into: &wire, trailers: trailers)
      return (body, trailers)
    }
  }

  private func bytes(_ count: Int, _ random: inout SeededGenerator) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private func fields(_ random: inout SeededGenerator) -> [(String, String)] {
    (0..<Int.random(in: 0...20, using: &random)).map { index in
      let length: Int = Int.random(in: 0...40, using: &random)
      let value: [UInt8] = (0..<length).map { _ in UInt8.random(in: 0x21...0x7E, using: &random) }
      return ("X-\(index)", String(decoding: value, as: UTF8.self))
    }
  }

  private func framingField(_ framing: BodyFraming) -> [(String, String)] {
    switch framing {
    case .none, .untilClose: []
    case .length(let length): [("Content-Length", String(length))]
    case .chunked: [("Transfer-Encoding", "chunked")]
    }
  }

  private func described(_ fields: [(String, String)]) -> String {
    fields.map { "<\($0.0)|\($0.1)>" }.joined()
  }

  private func described(_ body: [UInt8], _ trailers: [(String, String)]) -> [String] {
    let lines: [String] = body.isEmpty ? [] : ["body " + body.map { String($0, radix: 16) }.joined(separator: " ")]
    return lines + ["end \(described(trailers))"]
  }
}
