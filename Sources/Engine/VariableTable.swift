import JSON
import Scenario

/// Where each of the scenario's names is found at run time.
struct VariableTable: Sendable {
  private(set) var slots: [String: Int] = [:]
  /// Of captured variables on which steps depend (`if_present`): a slot that is empty if there is none, or a `null`.
  private(set) var conditions: [String: Int] = [:]
  var slotCount: Int { slots.count + conditions.count }
  private let sources: [DataSource]

  init(_ scenario: Scenario) {
    sources = scenario.data
    let steps = scenario.setUp + scenario.traffic.flatMap(\.steps) + scenario.tearDown
    for step in steps {
      for capture in step.outcomes.flatMap(\.captures) where slots[capture.variable] == nil {
        slots[capture.variable] = slots.count
      }
    }
    for name in steps.compactMap(\.ifPresent) where slots[name] != nil && conditions[name] == nil {
      conditions[name] = slotCount
    }
  }

  /// The piece that stands for a name; `nil` where nothing defines it, which validation has excluded.
  func fragment(for name: String, _ escaping: Escaping) -> Fragment? {
    if let slot = slots[name] { return .slot(slot, escaping) }
    for (index, source) in sources.enumerated() {
      if source.columns.isEmpty {
        if source.name == name { return .data(source: index, column: 0, escaping) }
      } else if name.hasPrefix(source.name + ".") {
        let column = name.dropFirst(source.name.count + 1)
        if let position = source.columns.firstIndex(where: { $0 == column }) {
          return .data(source: index, column: position, escaping)
        }
      }
    }
    return nil
  }

  /// The piece that is empty if a step that depends on a name is passed over.
  func condition(for name: String) -> Fragment? {
    conditions[name].map { .slot($0, .none) } ?? fragment(for: name, .none)
  }

  /// Columns of data that are secret by name.
  var secretData: [Fragment] {
    sources.enumerated().flatMap { index, source in
      (0..<max(1, source.columns.count)).filter { source.isSecret(column: $0) }
        .map { .data(source: index, column: $0, .none) }
    }
  }

  /// - Parameter item: what `${item}` stands for.
  func compile(_ template: Template, _ escaping: Escaping, item: Int? = nil) -> FragmentList {
    var list = FragmentList()
    for part in template.parts {
      switch part {
      case .literal(let text):
        var bytes: [UInt8] = []
        switch escaping {
        case .json, .jsonNumber, .query: escaping.append(text.utf8, to: &bytes)
        // What the scenario's author wrote there stands as written.
        case .none, .path, .header: bytes = Array(text.utf8)
        }
        list.append(.literal(bytes))
      case .builtIn(.item) where item != nil: list.append(String(item!))
      case .variable(let name, _):
        guard let fragment = fragment(for: name, escaping) else {
          preconditionFailure("validation lets no undefined variable through: \(name)")
        }
        list.append(fragment)
      case .environment(_, let value):
        var bytes: [UInt8] = []
        escaping.append(value.utf8, to: &bytes)
        list.append(.literal(bytes))
      case .builtIn(let builtIn):
        list.append(.builtIn(builtIn, escaping))
      }
    }
    return list
  }

  /// A JSON text with places in it.
  func compile(_ json: JSONTemplate, item: Int? = nil) -> FragmentList {
    var list = FragmentList()
    switch json {
    case .constant(let value): list.append(value.text())
    case .string(let template):
      list.append("\"")
      list.append(compile(template, .json, item: item))
      list.append("\"")
    case .number(let template): list.append(compile(template, .jsonNumber, item: item))
    case .array(let elements):
      list.append("[")
      for (index, element) in elements.enumerated() {
        if index > 0 { list.append(",") }
        list.append(compile(element, item: item))
      }
      list.append("]")
    case .object(let fields):
      list.append("{")
      for (index, field) in fields.enumerated() {
        if index > 0 { list.append(",") }
        list.append("\"")
        list.append(compile(field.key, .json, item: item))
        list.append("\":")
        list.append(compile(field.value, item: item))
      }
      list.append("}")
    }
    return list
  }

  /// A JSON list of `count` times `item`.
  func compile(batchOf item: JSONTemplate, count: Int) -> FragmentList {
    var list = FragmentList()
    list.append("[")
    for number in 1...max(1, count) where count > 0 {
      if number > 1 { list.append(",") }
      list.append(compile(item, item: number))
    }
    list.append("]")
    return list
  }

  /// `name=value&name=value`, percent-encoded.
  func compile(pairs: [QueryTemplate]) -> FragmentList {
    var list = FragmentList()
    for (index, pair) in pairs.enumerated() {
      if index > 0 { list.append("&") }
      list.append(compile(pair.name, .query))
      list.append("=")
      list.append(compile(pair.value, .query))
    }
    return list
  }
}
