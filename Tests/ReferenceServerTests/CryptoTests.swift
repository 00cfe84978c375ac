import Testing

@testable import ReferenceServer

/// A published vector; named, so that a test's log does not print the bytes.
struct CryptoVector: Sendable, CustomTestStringConvertible {
  var name: String
  var key: [UInt8] = []
  var message: [UInt8]
  var expected: String
  var testDescription: String { name }
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite("SHA-256")
struct SHA256Tests {
  /// NIST's example messages for FIPS 180-4, and the message without a byte.
  static let examples: [CryptoVector] = [
    CryptoVector(
      name: "no bytes", message: [], expected: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    CryptoVector(
      name: "abc", message: bytes("abc"), expected: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    CryptoVector(
      name: "448 bits",
      message: bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
      expected: "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
    CryptoVector(
      name: "896 bits",
      message: bytes(
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
      ),
      expected: "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"),
    CryptoVector(
      name: "a million times a", message: [UInt8](repeating: 0x61, count: 1_000_000),
      expected: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
  ]

  @Test("the published examples have their published digests", arguments: examples)
  func example(_ example: CryptoVector) {
    #expect(SHA256.digest(of: example.message).description == example.expected)
  }

  @Test("a message in any pieces has the digest of the whole, at every length around a block")
  func pieces() {
    let message = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    for length in 0...200 {
      let whole = SHA256.digest(of: Array(message[..<length]))
      for step in [1, 7, 63, 64, 65] {
        var hash = SHA256()
        var offset = 0
        while offset < length {
          let end = min(length, offset + step)
          hash.update(Array(message[offset..<end]))
          offset = end
        }
        #expect(hash.finish() == whole, "\(length) bytes in pieces of \(step)")
      }
    }
  }

  @Test("a digest's bytes, text and comparison agree")
  func digest() {
    let digest = SHA256.digest(of: "abc")
    #expect(digest.bytes.count == 32)
    #expect(digest.bytes.prefix(4) == [0xba, 0x78, 0x16, 0xbf])
    #expect(digest.equalsInConstantTime(SHA256.digest(of: "abc")))
    #expect(!digest.equalsInConstantTime(SHA256.digest(of: "abd")))
  }
}

@Suite("HMAC-SHA-256")
struct HMACSHA256Tests {
  /// RFC 4231, sections 4.2 to 4.8; the fifth gives the first 128 bits only.
  static let cases: [CryptoVector] = [
    CryptoVector(
      name: "4.2", key: [UInt8](repeating: 0x0b, count: 20), message: bytes("Hi There"),
      expected: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    CryptoVector(
      name: "4.3", key: bytes("Jefe"), message: bytes("what do ya want for nothing?"),
      expected: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
    CryptoVector(
      name: "4.4", key: [UInt8](repeating: 0xaa, count: 20), message: [UInt8](repeating: 0xdd, count: 50),
      expected: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    CryptoVector(
      name: "4.5", key: Array(1...25), message: [UInt8](repeating: 0xcd, count: 50),
      expected: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"),
    CryptoVector(
      name: "4.6", key: [UInt8](repeating: 0x0c, count: 20), message: bytes("Test With Truncation"),
      expected: "a3b6167473100ee06e0c796c2955552b"),
    CryptoVector(
      name: "4.7", key: [UInt8](repeating: 0xaa, count: 131),
      message: bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
      expected: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"),
    CryptoVector(
      name: "4.8", key: [UInt8](repeating: 0xaa, count: 131),
      message: bytes(
        """
        This is a test using a larger than block-size key and a larger than block-size data. \
        The key needs to be hashed before being used by the HMAC algorithm.
        """),
      expected: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"),
  ]

  @Test("the published cases have their published codes", arguments: cases)
  func published(_ example: CryptoVector) {
    let code = HMACSHA256(key: example.key).code(for: example.message)
    #expect(code.description.hasPrefix(example.expected))
  }

  @Test("a code verifies its own message and no other, also from a slice")
  func verification() {
    let keyed = HMACSHA256(key: bytes("key"))
    let code = keyed.code(for: bytes("message"))
    #expect(keyed.verifies(code, for: bytes("a message").dropFirst(2)))
    #expect(keyed.verifies(code, for: "message".utf8))
    #expect(!keyed.verifies(code, for: bytes("massage")))
    #expect(!HMACSHA256(key: bytes("kez")).verifies(code, for: bytes("message")))
  }
}

@Suite("Base 64 for URLs")
struct Base64URLTests {
  /// RFC 4648, section 10, without the padding; and RFC 7515, appendix C, which has both characters of this alphabet.
  static let vectors: [(plain: [UInt8], text: String)] = [
    ([], ""), (bytes("f"), "Zg"), (bytes("fo"), "Zm8"), (bytes("foo"), "Zm9v"), (bytes("foob"), "Zm9vYg"),
    (bytes("fooba"), "Zm9vYmE"), (bytes("foobar"), "Zm9vYmFy"), ([3, 236, 255, 224, 193], "A-z_4ME"),
  ]

  @Test("the published vectors hold in both directions", arguments: vectors)
  func vector(_ vector: (plain: [UInt8], text: String)) {
    #expect(String(decoding: Base64URL.encode(vector.plain), as: UTF8.self) == vector.text)
    #expect(Base64URL.decode(vector.text.utf8) == vector.plain)
  }

  @Test(
    "what is no canonical encoding is refused",
    arguments: ["Z", "Zg==", "Zm9vY", "Zm9+", "Zm9/", "Zm 9v", "Zh", "Zm9", "Zm9vé"])
  func refused(_ text: String) {
    #expect(Base64URL.decode(text.utf8) == nil)
  }

  @Test("every length comes back as it went in")
  func roundTrip() {
    for length in 0...100 {
      let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ length) }
      #expect(Base64URL.decode(Base64URL.encode(plain)) == plain)
    }
  }
}
