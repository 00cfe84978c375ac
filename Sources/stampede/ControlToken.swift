import Engine
import EventLoop
import Glibc

/// The token of the bundled server's control interface, wherever it is given. A command line is seen by all on the machine; a
/// file and the environment are not.
enum ControlToken {
  static let variable = "STAMPEDE_CONTROL_TOKEN"

  /// As messages list the ways to give it.
  static let ways = "--control-token, --token-file or \(variable)"

  static func options(_ meaning: String) -> [OptionSpecification] {
    [
      OptionSpecification("control-token", "TOKEN", meaning),
      OptionSpecification("token-file", "FILE", "A file that holds the control token; so may \(variable)."),
    ]
  }

  /// Where a token was found, apart from the command line itself.
  struct Given {
    var token: String
    /// `nil` if it stands on the command line.
    var source: String?
  }

  /// From the command line.
  static func given(_ arguments: CommandLineArguments) throws(UsageError) -> Given? {
    if let token = arguments.value("control-token") {
      if arguments.value("token-file") != nil {
        throw UsageError("the control token is given twice: with --control-token and with --token-file")
      }
      return Given(token: try checked(token, "--control-token"), source: nil)
    }
    guard let path = arguments.value("token-file") else { return nil }
    var bytes: [UInt8]
    do throws(SystemError) {
      bytes = try FileBytes.contents(of: path)
    } catch {
      throw UsageError("cannot read the control token from '\(path)': \(String(cString: strerror(error.errno)))")
    }
    while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
    let source = "the file '\(path)'"
    return Given(token: try checked(String(decoding: bytes, as: UTF8.self), source), source: source)
  }

  /// From the environment.
  static func fromEnvironment() throws(UsageError) -> Given? {
    guard let token = Console.environment(variable) else { return nil }
    return Given(token: try checked(token, variable), source: variable)
  }

  /// It is sent in a header, and an empty one would let anybody in.
  private static func checked(_ token: String, _ source: String) throws(UsageError) -> String {
    if token.isEmpty { throw UsageError("the control token that \(source) gives is empty: anybody would have it") }
    guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw UsageError("the control token that \(source) gives has other characters than visible ASCII ones")
    }
    return token
  }
}
