import EventLoop
import Synchronization

/// A value that the control interface can change while the server runs. Reading it is one relaxed atomic load.
package final class Setting: Sendable {
  package enum Kind: Sendable {
    case integer(ClosedRange<Int>)
    /// Kept in nanoseconds, spoken of in milliseconds.
    case milliseconds(ClosedRange<Double>)
    /// Kept as the index of the choice.
    case choice([String])
    case flag
  }

  /// System and value: `coupon.strategy`.
  package let name: String
  /// The name by which `ServerConfiguration.environment` knows it.
  package let environmentName: String?
  package let explanation: String
  package let kind: Kind
  /// What it is at the start and after a reset.
  package let initial: Int
  private let bits: Atomic<Int>

  fileprivate init(name: String, environmentName: String?, explanation: String, kind: Kind, initial: Int) {
    self.name = name
    self.environmentName = environmentName
    self.explanation = explanation
    self.kind = kind
    self.initial = initial
    bits = Atomic(initial)
  }

  /// The integer, the nanoseconds, the index of the choice, or 0 and 1.
  package var value: Int { bits.load(ordering: .relaxed) }
  package var isOn: Bool { value != 0 }
  package func reset() { bits.store(initial, ordering: .relaxed) }
  package func set(_ value: Int) { bits.store(value, ordering: .relaxed) }

  /// What `text` means for a setting of this kind; `nil` where it means nothing or is out of range.
  package static func parse(_ text: String, as kind: Kind) -> Int? {
    switch kind {
    case .integer(let range): Int(text).flatMap { range.contains($0) ? $0 : nil }
    case .milliseconds(let range):
      Double(text).flatMap { range.contains($0) ? Int(($0 * 1_000_000).rounded()) : nil }
    case .choice(let choices): choices.firstIndex(of: text)
    case .flag:
      switch text {
      case "1", "true": 1
      case "0", "false": 0
      default: nil
      }
    }
  }

  /// What the setting accepts, for messages.
  package var expectation: String {
    switch kind {
    case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
    case .milliseconds(let range): "milliseconds from \(range.lowerBound) to \(range.upperBound)"
    case .choice(let choices): "one of " + choices.joined(separator: ", ")
    case .flag: "true or false"
    }
  }
}

/// All settings of a server. Systems add theirs while the server is made.
package final class SettingBoard: Sendable {
  private struct State {
    var settings: [String: Setting] = [:]
    var problems: [String] = []
  }

  private let environment: [String: String]
  private let state = Locked(State())

  package init(environment: [String: String]) { self.environment = environment }

  package func integer(
    _ name: String, environment: String? = nil, standard: Int, in range: ClosedRange<Int>, _ explanation: String
  ) -> Setting {
    add(name, environment, explanation, .integer(range), standard)
  }

  package func milliseconds(
    _ name: String, environment: String? = nil, standard: Duration, in range: ClosedRange<Double>,
    _ explanation: String
  ) -> Setting {
    add(name, environment, explanation, .milliseconds(range), Int(clamping: standard.wholeNanoseconds))
  }

  package func choice(
    _ name: String, environment: String? = nil, standard: String, of choices: [String], _ explanation: String
  ) -> Setting {
    add(name, environment, explanation, .choice(choices), choices.firstIndex(of: standard)!)
  }

  package func flag(_ name: String, environment: String? = nil, standard: Bool, _ explanation: String) -> Setting {
    add(name, environment, explanation, .flag, standard ? 1 : 0)
  }

  private func add(
    _ name: String, _ environmentName: String?, _ explanation: String, _ kind: Setting.Kind, _ standard: Int
  ) -> Setting {
    var initial = standard
    var refused: String?
    if let environmentName, let text = environment[environmentName] {
      if let value = Setting.parse(text, as: kind) { initial = value } else { refused = text }
    }
    let setting = Setting(
      name: name, environmentName: environmentName, explanation: explanation, kind: kind, initial: initial)
    state.withLock { state in
      precondition(state.settings[name] == nil, "two settings are named \(name)")
      state.settings[name] = setting
      if let refused {
        state.problems.append("\(environmentName!) is '\(refused)', and must be \(setting.expectation)")
      }
    }
    return setting
  }

  package func find(_ name: String) -> Setting? { state.withLock { $0.settings[name] } }

  /// By name.
  package var all: [Setting] { state.withLock { $0.settings.values.sorted { $0.name < $1.name } } }

  /// What is wrong with the environment, including names in it that no setting has.
  package var problems: [String] {
    let known = Set(all.compactMap(\.environmentName))
    let unknown = environment.keys.filter { !known.contains($0) }.sorted()
    return state.withLock { $0.problems }
      + unknown.map { "\($0) is no setting; known are \(known.sorted().joined(separator: ", "))" }
  }

  package func resetAll() {
    for setting in all { setting.reset() }
  }
}
