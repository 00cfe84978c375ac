import JSON

/// What the target itself is asked after the load.
extension Reading {
  func ledger(
    _ node: JSONNode, _ step: MeasuredStep?, _ outcome: Outcome?, _ setUp: VariableScope, variable given: String?
  ) -> Invariant.Ledger? {
    guard let fields = fields(node, .ledger) else { return nil }
    _ = takeUses()
    let path = require("get", in: fields).flatMap { self.path($0) }
    let headers = fields["headers"].map { self.headers($0) } ?? []
    check(takeUses(), in: setUp)
    let rows = require("rows", in: fields).flatMap { singularPath($0) }
    let key = require("key", in: fields).flatMap { singularPath($0) }
    let variable = fields["per"].flatMap { self.variable($0, of: step, outcome) } ?? given
    let page = fields["page"].flatMap { self.page($0) }
    let allowsOthers = bool(fields, "others") ?? false
    guard let path, let rows, let key else { return nil }
    return Invariant.Ledger(
      path: path, headers: headers, rows: rows, key: key, variable: variable, page: page, allowsOthers: allowsOthers)
  }

  /// Reports a ledger whose rows have another variable's values as keys than what they are held against.
  func checkVariable(of ledger: Invariant.Ledger?, _ per: String?, _ node: JSONNode?) {
    guard let own = ledger?.variable, own != per, let node else { return }
    error("the ledger's 'per' is another variable than the rule's", at: node.range, hint: "leave the ledger's away")
  }

  /// A path to one place.
  func singularPath(_ node: JSONNode) -> JSONPath? {
    guard let path = string(node, "a JSON path such as '$.rows'").flatMap({ jsonPath($0, at: node.range) })
    else { return nil }
    if !path.isPlural { return path }
    error("'\(path.description)' leads to many places, and one is needed", at: node.range)
    return nil
  }

  func page(_ node: JSONNode) -> Invariant.Ledger.Paging? {
    guard let fields = fields(node, .page) else { return nil }
    let parameter = require("parameter", in: fields).flatMap { plainText($0, "the name of a query parameter") }
    let first = integer(fields, "first", in: 0...1) ?? 1
    let sizeParameter = fields["size_parameter"].flatMap { plainText($0, "the name of a query parameter") }
    let size = integer(fields, "size", in: 1...Limits.cap)
    if (fields["size_parameter"] == nil) != (fields["size"] == nil) {
      error("'size_parameter' and 'size' belong together", at: opening(of: node))
    }
    return parameter.map {
      Invariant.Ledger.Paging(parameter: $0, first: first, sizeParameter: sizeParameter, size: size)
    }
  }
}
