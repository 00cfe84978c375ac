import HTTPClient
import Testing

@Suite("URLs")
struct HTTPURLTests {
  struct Sound: Sendable {
    var text: String
    var description: String
    var hostHeader: String
    var target: String

    init(_ text: String, _ description: String, _ hostHeader: String, _ target: String = "") {
      self.text = text
      self.description = description
      self.hostHeader = hostHeader
      self.target = target
    }
  }

  @Test(
    "a URL is taken apart into endpoint and target",
    arguments: [
      Sound("http://example.com", "http://example.com", "example.com"),
      Sound("HTTP://Example.COM:80/", "http://example.com", "example.com", "/"),
      Sound("https://example.com:443/a/b", "https://example.com", "example.com", "/a/b"),
      Sound("http://example.com:443", "http://example.com:443", "example.com:443"),
      Sound("https://h:8443/p?q=1&r=%20#top", "https://h:8443", "h:8443", "/p?q=1&r=%20"),
      Sound("http://h?x=y", "http://h", "h", "/?x=y"),
      Sound("http://h#f", "http://h", "h"),
      Sound("http://127.0.0.1:1/", "http://127.0.0.1:1", "127.0.0.1:1", "/"),
      Sound("http://[::1]:8080/x", "http://[::1]:8080", "[::1]:8080", "/x"),
      Sound("http://[FE80::1:ABCD]", "http://[fe80::1:abcd]", "[fe80::1:abcd]"),
      Sound("http://[::ffff:10.0.0.1]/", "http://[::ffff:10.0.0.1]", "[::ffff:10.0.0.1]", "/"),
      Sound("http://my_service-1.local:65535", "http://my_service-1.local:65535", "my_service-1.local:65535"),
      Sound("http://h:/x", "http://h", "h", "/x"),
      Sound("http://h/@:[]", "http://h", "h", "/@:[]"),
    ])
  func sound(_ url: Sound) throws {
    let parsed = try HTTPURL(url.text)
    #expect(parsed.endpoint.description == url.description)
    #expect(parsed.endpoint.hostHeader == url.hostHeader)
    #expect(parsed.target == url.target)
    #expect(parsed.description == url.description + url.target)
  }

  @Test(
    "what is no URL for us is refused, and it is said what to write",
    arguments: [
      ("", HTTPURLError.noScheme), ("example.com", .noScheme), ("localhost:8080", .noScheme), ("//h/x", .noScheme),
      ("http:/h", .noScheme), ("ftp://h", .unknownScheme("ftp")), ("ws://h", .unknownScheme("ws")),
      ("http://", .noHost), ("http:///x", .noHost), ("http://:80/", .noHost), ("http://?q", .noHost),
      ("http://::1/", .bareIPv6("::1")), ("http://h:1:2", .bareIPv6("h:1:2")),
      ("http://[::1", .badHost("[::1")), ("http://[::1]x", .badHost("[::1]x")), ("http://[abc]", .badHost("[abc]")),
      ("http://[fe80::1%25eth0]", .badHost("[fe80::1%25eth0]")), ("http://[]", .badHost("[]")),
      ("http://a^b", .badHost("a^b")), ("http://a%41", .badHost("a%41")),
      ("http://h:0", .badPort("0")), ("http://h:65536", .badPort("65536")), ("http://h:8o", .badPort("8o")),
      ("http://h:-1", .badPort("-1")), ("http://u:p@h/", .credentials), ("http://u@h", .credentials),
      ("http://bücher.example", .notASCII("host")), ("http://h/ä", .notASCII("path")),
      ("http://h/a b", .control(offset: 10)), ("http://h/\r\nx", .control(offset: 9)),
      (" http://h", .control(offset: 0)),
      ("http://h/\u{7F}", .control(offset: 9)),
    ])
  func refused(text: String, error: HTTPURLError) {
    #expect(throws: error) { try HTTPURL(text) }
    #expect(!error.description.isEmpty)
  }

  @Test(
    "a host is an address or a name",
    arguments: [
      ("127.0.0.1", true), ("::1", true), ("fe80::1%eth0", true), ("localhost", false), ("127.0.0.1.example", false),
      ("127.1", false), ("shop.example", false),
    ])
  func addresses(host: String, isAddress: Bool) {
    #expect(HTTPEndpoint(scheme: .http, host: host).isAddress == isAddress)
  }
}
