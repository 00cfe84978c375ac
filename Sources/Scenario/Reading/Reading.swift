import JSON

/// One pass over a file's nodes: what is wrong so far, and what the parts must know of each other.
///
/// The methods that read the parts are in extensions, one file a part. Each returns what it could make of its node, or
/// `nil` once it has reported why not, so that one pass finds everything.
final class Reading {
  let source: SourceText
  let options: ReadOptions
  let files: FileCache
  /// In passes over what is not going to run, files and environment may be missing.
  let toleratesMissing: Bool

  private(set) var diagnostics: [Diagnostic] = []
  private var reported: Set<Diagnostic> = []
  private(set) var errorCount = 0
  /// Overrides from the command line, whose nodes lie behind the end of the file.
  var overrides: [PlacedOverride] = []

  /// Variables in templates since the last `takeUses`.
  var uses: [VariableUse] = []
  /// Values of the environment.
  var secrets: Set<String> = []
  /// In the item of a batch, where `${item}` has a meaning.
  var isInBatchItem = false
  var data: [DataSource] = []
  /// Of all lists so far.
  var stepsRead = 0
  var outcomesRead = 0
  /// Data whose columns are not known since it could not be read: what names them is not reported besides.
  var brokenData: Set<String> = []

  init(source: SourceText, options: ReadOptions, files: FileCache, toleratesMissing: Bool) {
    self.source = source
    self.options = options
    self.files = files
    self.toleratesMissing = toleratesMissing
  }

  func error(_ message: String, at range: SourceRange, hint: String? = nil) {
    report(Diagnostic(.error, message, at: range, hint: hint))
  }

  func warning(_ message: String, at range: SourceRange, hint: String? = nil) {
    report(Diagnostic(.warning, message, at: range, hint: hint))
  }

  /// What comes from the command line is reported at the place in the file that it overrides.
  private func report(_ diagnostic: Diagnostic) {
    var diagnostic = diagnostic
    if let override = override(at: diagnostic.range) {
      diagnostic.message = "\(override.text): \(diagnostic.message)"
      diagnostic.range = override.anchor
    }
    guard reported.insert(diagnostic).inserted else { return }
    if diagnostic.severity == .error { errorCount += 1 }
    diagnostics.append(diagnostic)
  }

  /// The range in the file for the model to keep.
  func place(_ range: SourceRange) -> SourceRange { override(at: range)?.anchor ?? range }

  private func override(at range: SourceRange) -> PlacedOverride? {
    if range.start <= source.bytes.count { return nil }
    return overrides.last { $0.start <= range.start }
  }

  func takeUses() -> [VariableUse] {
    defer { uses = [] }
    return uses
  }
}

/// A `${name}` in a template, to be held against what is known where it stands.
struct VariableUse {
  var name: String
  var range: SourceRange
}

/// An override and where it stands: its nodes have ranges from `start`, behind the end of the file.
struct PlacedOverride {
  var start: Int
  /// How far its nodes may reach.
  var length: Int
  /// As on the command line, without what is secret: `--set seed=5`.
  var text: String
  /// What it takes the place of, or the object that it is put into.
  var anchor: SourceRange
}

/// Reads each file once, however many profiles are checked.
final class FileCache {
  private let read: (String) throws -> [UInt8]
  private var contents: [String: Result<[UInt8], any Error>] = [:]
  private var tables: [String: CSVTable] = [:]

  init(_ read: @escaping (String) throws -> [UInt8]) { self.read = read }

  func bytes(_ path: String) throws -> [UInt8] {
    if let known = contents[path] { return try known.get() }
    let result = Result { try read(path) }
    contents[path] = result
    return try result.get()
  }

  func table(_ path: String) throws -> CSVTable {
    if let known = tables[path] { return known }
    _ = try bytes(path)
    // Taken out, so that the table is made in place.
    let table = CSVTable(parsing: try contents.removeValue(forKey: path)!.get())
    tables[path] = table
    return table
  }
}
