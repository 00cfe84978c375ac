import EventLoop
import Glibc
import JSON
import Verdict

@main
enum Stampede {
  static let version = "0.1.0"

  static func main() {
    // While there is one thread, nobody has to be waited for.
    DescriptorTable.reserve(1_024)
    // A peer that closes while we write is an outcome of a request, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    // A file that reaches its limit (ulimit -f) fails like one on a full disk.
    signal(SIGXFSZ, SIG_IGN)
    Console.claimStreams()
    exit(run(Array(CommandLine.arguments.dropFirst())).rawValue)
  }

  static var commands: [any Command.Type] {
    [
      RunCommand.self, CheckCommand.self, TryCommand.self, ServeCommand.self, IncidentsCommand.self,
      ReportCommand.self, HistoryCommand.self,
    ]
  }

  private static func run(_ words: [String]) -> ExitCode {
    guard let first = words.first, first != "--help", first != "-h", first != "help" else {
      if words.count > 1, let command = commands.first(where: { $0.specification.name == words[1] }) {
        Console.write(command.specification.help(width: width))
        return .pass
      }
      (words.isEmpty ? Console.writeToError : Console.write)(overview)
      return words.isEmpty ? .configuration : .pass
    }
    if first == "--version" || first == "version" {
      Console.line("stampede \(version)")
      return .pass
    }
    guard let command = commands.first(where: { $0.specification.name == first }) else {
      let near = Suggestion.nearest(to: first, among: commands.map { $0.specification.name })
      Console.complain("stampede: there is no command '\(first)'" + (near.map { ": did you mean '\($0)'?" } ?? ""))
      Console.complain("See 'stampede --help'.")
      return .configuration
    }
    do {
      let arguments = try CommandLineArguments(words.dropFirst(), for: command.specification)
      if arguments.wantsHelp {
        Console.write(command.specification.help(width: width))
        return .pass
      }
      return try command.run(arguments)
    } catch let error as UsageError {
      Console.complain("stampede: \(error)")
      return .configuration
    } catch {
      Console.complain("stampede: \(error)")
      return .fault
    }
  }

  /// Columns for help.
  private static var width: Int { min(Console.width(STDOUT_FILENO) ?? 100, 100) }

  private static var overview: String {
    var text = """
      Stampede drives load at a service, checks that it stayed correct, and says
      whether it may merge.

      Usage: stampede <command> [options]

      Commands:

      """
    text += CommandSpecification.table(
      commands.map { ("  \($0.specification.name)", $0.specification.summary) }, width: width)
    text += """

      Begin with:
        stampede run scenarios/coupon-cap.json5
        stampede run scenarios/coupon-cap.json5 --incident coupon.overissue

      'stampede <command> --help' shows a command's options and examples.

      """
    return text
  }
}

/// A command of the command line.
protocol Command {
  static var specification: CommandSpecification { get }
  static func run(_ arguments: CommandLineArguments) throws -> ExitCode
}
