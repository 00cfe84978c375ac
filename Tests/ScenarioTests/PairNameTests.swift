import JSON
import Testing

@testable import Scenario

@Suite("Names of form fields and query parameters")
struct PairNameTests {
  @Test("are filled in, and $${ stands for itself")
  func filledIn() throws {
    let step = try Read(
      file(
        step: "post: '/', query: { 'q${n}': 1 }, form: { 'items[${n}][qty]': [1.50, 2], 'a$${b}': 3 }",
        more: "data: { n: ['7'] },")
    ).step()
    #expect(step.query.map { $0.name.variables } == [["n"]])
    guard case .form(let pairs) = step.body else { throw Unexpected() }
    #expect(pairs.map(\.name.variables) == [["n"], ["n"], []])
    #expect(pairs.map(\.value.constant) == ["1.50", "2", "3"])
    #expect(pairs[2].name.constant == "a${b}")
  }

  @Test(
    "name variables that are checked before the run",
    arguments: [
      ("query: { 'q${nn}': 1 }", "${nn} → nothing defines the variable 'nn' (did you mean 'n'?)"),
      ("form: { 'q${': 1 }", "${ → '${' has no '}' (for the characters themselves write $${)"),
      ("form: { '${n|number}': 1 }", "${n|number} → '${n|number}' has to be a whole value in JSON…"),
    ])
  func checked(text: String, told: String) {
    let read = Read(file(step: "post: '/', \(text)", more: "data: { n: ['7'] },"))
    #expect(read.tells(told), "\(read.told)")
  }
}
