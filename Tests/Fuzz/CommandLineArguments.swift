// Fuzzes the words of a command line, one a line. Whatever they are, nothing crashes, and what was read is what the
// command has, with a value for each option that takes one, and the right number of arguments.

@testable import CommandLineArguments

@c(LLVMFuzzerTestOneInput)
public func fuzzCommandLineArguments(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let words = UnsafeBufferPointer(start: start, count: count).split(separator: 0x0A, omittingEmptySubsequences: false)
    .map { String(decoding: $0, as: UTF8.self) }
  let command = CommandSpecification(
    name: "run", summary: "Runs it.", positional: "FILE", positionalCount: 1...2,
    options: [
      OptionSpecification("target", "URL", "Where."),
      OptionSpecification("set", "PATH=VALUE", repeatable: true, "What."),
      OptionSpecification("seed", "N", "Which."), OptionSpecification("quiet", nil, "Less."),
    ])
  do {
    let read = try CommandLineArguments(words[...], for: command)
    require(
      read.wantsHelp || command.positionalCount.contains(read.positional.count), "arguments are as many as asked for")
    require(Set(read.values.keys).isSubset(of: ["target", "set", "seed"]), "values belong to options that take one")
    require(read.switches.isSubset(of: ["quiet"]), "switches are the command's")
    require(read.all("target").count <= 1, "only what is repeatable is there twice")
    let given = read.positional.count + read.values.values.reduce(0) { $0 + $1.count }
    require(given <= words.count, "nothing was made up")
    if let seed = try? read.integer("seed", in: 0...100) { require(0...100 ~= seed, "numbers are in their range") }
  } catch {
    require(!error.description.isEmpty, "an error has words")
  }
  for width in [0, 1, 40, 80] { require(!command.help(width: width).isEmpty, "there is help at any width") }
  return 0
}

private func require(_ condition: Bool, _ rule: StaticString) {
  guard condition else { fatalError("broken: \(rule)") }
}
