import Foundation

/// Certificates made by openssl, and a TLS server in a few lines of Python: neither is a part of what is tested.
final class TLSFixture: Sendable {
  /// Whether both are installed.
  static let isAvailable: Bool = {
    (try? run("openssl", ["version"])) != nil && (try? run("python3", ["-c", "import ssl"])) != nil
  }()

  static let missing = "needs openssl and python3 with its ssl module"

  private static let place = NSTemporaryDirectory() + "stampede-tls-\(getpid())"

  var directory: String { Self.place }
  var authority: String { directory + "/ca.pem" }
  var otherAuthority: String { directory + "/other.pem" }
  var certificate: String { directory + "/client.pem" }
  var key: String { directory + "/client.key" }

  /// One set of certificates for all tests.
  static let shared: Result<TLSFixture, any Error> = Result { try TLSFixture() }

  private init() throws {
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    for name in ["ca", "other"] {
      try openssl(
        ["req", "-x509", "-days", "2", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).pem"]
          + elliptic)
    }
    for (name, extensions) in [
      ("server", "subjectAltName=IP:127.0.0.1,DNS:localhost"), ("client", "extendedKeyUsage=clientAuth"),
    ] {
      try openssl(
        ["req", "-new", "-subj", "/CN=\(name)", "-keyout", "\(name).key", "-out", "\(name).csr"] + elliptic)
      try Data(extensions.utf8).write(to: URL(fileURLWithPath: "\(directory)/\(name).ext"))
      try openssl([
        "x509", "-req", "-days", "2", "-in", "\(name).csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
        "-extfile", "\(name).ext", "-out", "\(name).pem",
      ])
    }
    // One file with both, as some tools hand them out.
    var both = try Data(contentsOf: URL(fileURLWithPath: certificate))
    both.append(try Data(contentsOf: URL(fileURLWithPath: key)))
    try both.write(to: URL(fileURLWithPath: directory + "/client-both.pem"))
    atexit { try? FileManager.default.removeItem(atPath: TLSFixture.place) }
  }

  private func openssl(_ arguments: [String]) throws { try Self.run("openssl", arguments, in: directory) }

  struct Failure: Error {
    let command: String
    let output: String
  }

  @discardableResult
  static func run(_ tool: String, _ arguments: [String], in directory: String? = nil) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [tool] + arguments
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    if process.terminationStatus != 0 {
      throw Failure(command: ([tool] + arguments).joined(separator: " "), output: output)
    }
    return output
  }
}

/// The server: behaves by the path that is asked for.
final class TLSServer: Sendable {
  let port: UInt16
  /// The server ends when this closes, with the tests' process.
  private let lifeline: Pipe

  /// One server of a kind for all tests; started by the first that wants it.
  ///
  /// - Parameters:
  ///   - clients: `none`, or `required` certificates.
  ///   - version: the highest version of TLS, `1.2` or `1.3`.
  static func shared(clients: String = "none", version: String = "1.3") throws -> TLSServer {
    switch (clients, version) {
    case ("none", "1.3"): try modern.get()
    case ("none", _): try old.get()
    case (_, "1.3"): try modernMutual.get()
    default: try oldMutual.get()
    }
  }

  private static let modern = Result { try TLSServer(TLSFixture.shared.get(), clients: "none", version: "1.3") }
  private static let old = Result { try TLSServer(TLSFixture.shared.get(), clients: "none", version: "1.2") }
  private static let modernMutual = Result {
    try TLSServer(TLSFixture.shared.get(), clients: "required", version: "1.3")
  }
  private static let oldMutual = Result {
    try TLSServer(TLSFixture.shared.get(), clients: "required", version: "1.2")
  }

  private init(_ fixture: TLSFixture, clients: String, version: String) throws {
    let process = Process()
    let output = Pipe()
    lifeline = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["python3", "-c", Self.program, fixture.directory, clients, version]
    process.standardOutput = output
    process.standardInput = lifeline
    try process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = UInt16(line.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw TLSFixture.Failure(command: "python3", output: line)
    }
    self.port = port
  }

  private static let program = #"""
    import os, socket, ssl, struct, sys, threading
    directory, clients, version = sys.argv[1:4]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory + "/server.pem", directory + "/server.key")
    context.set_alpn_protocols(["h2", "http/1.1"])
    if version == "1.2": context.maximum_version = ssl.TLSVersion.TLSv1_2
    if clients == "required":
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(directory + "/ca.pem")
    def answer(tls, body, status="200 OK", headers=""):
        tls.sendall(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{headers}\r\n{body}".encode())
    def serve(raw):
        try: tls = context.wrap_socket(raw, server_side=True)
        except (OSError, ssl.SSLError): return raw.close()
        stream, seen = tls.makefile("rb"), 0
        try:
            while True:
                line = stream.readline().decode()
                if not line: return
                path, length = line.split(" ")[1], 0
                while (field := stream.readline().decode().strip()):
                    name, value = field.split(": ", 1)
                    if name == "content-length": length = int(value)
                if path == "/early":
                    answer(tls, "too large", "413 Content Too Large")
                    return tls.detach() and None
                data = stream.read(length)
                if path == "/echo": answer(tls, str(len(data)) + " " + str(data == b"z" * length))
                elif path == "/info":
                    subject = tls.getpeercert() and dict(x[0] for x in tls.getpeercert()["subject"])["commonName"]
                    answer(tls, f"{tls.version()} {tls.selected_alpn_protocol()} {tls.session_reused} {subject}")
                elif path == "/big": answer(tls, "b" * 1000000)
                elif path == "/close":
                    answer(tls, "bye", headers="connection: close\r\n")
                    return tls.unwrap() and None
                elif path == "/until-close":
                    tls.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end")
                    return tls.unwrap() and None
                elif path == "/until-cut":
                    tls.sendall(b"HTTP/1.1 200 OK\r\n\r\nto the end")
                    return
                elif path == "/cut": return
                elif path == "/half":
                    tls.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf")
                    return
                elif path == "/reset":
                    tls.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return
                elif path == "/silent": stream.read(1)
                elif path == "/twice":
                    answer(tls, "one")
                    answer(tls, "two")
                elif path.startswith("/own"):
                    seen += 1
                    if seen > 1 and path.endswith("/lost"): return
                    answer(tls, path)
                elif path.startswith("/late"):
                    answer(tls, path)
                    tls.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    answer(tls, "unasked")
                else: answer(tls, "hello")
        except (OSError, ValueError): pass
        finally:
            stream.close()
            try: socket.socket.close(tls)
            except OSError: pass
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    def accept():
        while True:
            threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()
    os._exit(0)
    """#
}
