import EventLoop
import HTTPClient
import Testing

@Suite("Options are checked before anything is sent")
struct OptionsTests {
  static func error(_ configure: (inout HTTPClientOptions) -> Void) throws -> String? {
    var options = HTTPClientOptions()
    configure(&options)
    let loop = try EventLoop(name: "unused")
    do throws(HTTPClientError) {
      _ = try HTTPClient(loop: loop, options: options)
      return nil
    } catch {
      return error.description
    }
  }

  @Test(
    "files that cannot be read",
    arguments: [
      ("/no/such/file.pem", "No such file or directory"), ("/tmp", "it is a directory"), ("", "No such file"),
    ])
  func files(path: String, reason: String) throws {
    for (name, message) in [
      ("ca_bundle", try Self.error { $0.caBundle = path }),
      ("client_certificate", try Self.error { $0.clientCertificate = path }),
      ("client_key", try Self.error { $0.clientKey = path }),
    ] {
      #expect(message?.hasPrefix("\(name): cannot read '\(path)': \(reason)") == true, "\(message ?? "accepted")")
    }
  }

  @Test(
    "overrides that libcurl would pass over",
    arguments: [
      ("shop.example:80:127.0.0.1", true), ("shop.example:80:127.0.0.1,10.0.0.2", true),
      ("shop.example:443:[::1]", true), ("shop.example:443:::1", true), ("*:443:127.0.0.1", true),
      ("shop.example", false), ("shop.example:80", false), (":80:127.0.0.1", false), ("h:0:127.0.0.1", false),
      ("h:x:127.0.0.1", false), ("h:70000:127.0.0.1", false), ("h:80:", false), ("h:80:other.example", false),
      ("h:80:127.0.0.1,", false), ("h:80:300.0.0.1", false),
    ])
  func overrides(entry: String, sound: Bool) throws {
    let message = try Self.error { $0.resolve = [entry] }
    #expect((message == nil) == sound, "\(message ?? "accepted")")
    if let message { #expect(message.hasPrefix("resolve: '\(entry)': ")) }
  }

  @Test(
    "proxies",
    arguments: [
      ("http://proxy.example:3128", true), ("socks5h://user:secret@127.0.0.1:1080", true), ("https://[::1]:8443", true),
      ("proxy.example:3128", false), ("ftp://proxy.example", false), ("http://", false), ("http://a b", false),
    ])
  func proxies(proxy: String, sound: Bool) throws {
    let message = try Self.error { $0.proxy = proxy }
    #expect((message == nil) == sound, "\(message ?? "accepted")")
  }

  @Test("a proxy's password is in no message")
  func passwords() throws {
    let message = try #require(try Self.error { $0.proxy = "gopher://user:p@ssword@proxy.example" })
    #expect(message.contains("'***@proxy.example'"))
    #expect(!message.contains("user") && !message.contains("ssword"))
  }

  @Test("paths of sockets have a limit")
  func socketPaths() throws {
    #expect(try Self.error { $0.unixSocket = "" } != nil)
    #expect(try Self.error { $0.unixSocket = "/" + String(repeating: "x", count: 106) } == nil)
    #expect(try Self.error { $0.unixSocket = "/" + String(repeating: "x", count: 107) } != nil)
  }
}
