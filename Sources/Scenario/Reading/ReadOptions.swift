/// What reading a scenario needs from outside of the file: reading itself touches neither disk nor environment.
package struct ReadOptions {
  /// The profile to apply; `nil` for none.
  package var profile: String?
  /// From the command line, in order: `traffic.rush.load.burst` and the text of its value, JSON5 or else a string.
  package var overrides: [(path: String, value: String)]
  /// A variable of the environment, or `nil` where it is not set.
  package var environment: (String) -> String?
  /// The contents of a file that the scenario names, as written there: relative to the scenario file.
  package var readFile: (String) throws -> [UInt8]
  /// The scenario is read to judge or show a run, not to be run: files and variables of the environment may be missing.
  package var isForReview: Bool

  package init(
    profile: String? = nil, overrides: [(path: String, value: String)] = [],
    environment: @escaping (String) -> String? = { _ in nil },
    readFile: @escaping (String) throws -> [UInt8] = { _ in throw UnreadableFile() }, isForReview: Bool = false
  ) {
    self.profile = profile
    self.overrides = overrides
    self.environment = environment
    self.readFile = readFile
    self.isForReview = isForReview
  }

  /// What is thrown where no way to read files was given.
  package struct UnreadableFile: Error, CustomStringConvertible {
    package init() {}
    package var description: String { "files cannot be read here" }
  }
}
