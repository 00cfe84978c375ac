import Testing

@testable import JSON

@Suite struct JSONPathTests {
  static let compiled: [(String, [JSONPath.Segment])] = [
    ("$", []),
    ("$.a", [.member("a")]),
    ("$.a.b[0]", [.member("a"), .member("b"), .index(0)]),
    ("$[0][12][-1]", [.index(0), .index(12), .index(-1)]),
    ("$['k']", [.member("k")]),
    (#"$["a key"].x"#, [.member("a key"), .member("x")]),
    (#"$['it\'s']["\"\\\/\b\f\n\r\té😀"]"#, [.member("it's"), .member("\"\\/\u{8}\u{C}\n\r\té😀")]),
    (#"$['\u00e9\ud83d\ude00']"#, [.member("é😀")]),
    ("$['']", [.member("")]),
    ("$['a.b[0]']", [.member("a.b[0]")]),
    ("$[*].id", [.wildcard, .member("id")]),
    ("$.*.id", [.wildcard, .member("id")]),
    ("$.items.length()", [.member("items"), .length]),
    ("$.length()", [.length]),
    ("$.length", [.member("length")]),
    ("$.length.length()", [.member("length"), .length]),
    ("$.a-b._c.$d.한글.é2", [.member("a-b"), .member("_c"), .member("$d"), .member("한글"), .member("é2")]),
    ("$[9007199254740991]", [.index(9_007_199_254_740_991)]),
  ]

  @Test("paths are compiled", arguments: compiled)
  func compiles(_ text: String, _ segments: [JSONPath.Segment]) throws {
    let path = try JSONPath(text)
    #expect(path.segments == segments)
    #expect(path.description == text)
  }

  static let refused: [(String, Int, String)] = [
    ("", 0, "a path starts with '$'"),
    ("a.b", 0, "a path starts with '$'"),
    ("$a", 1, "expected '.' or '[' here, not 'a'"),
    ("$.", 2, "the path ends after '.'"),
    ("$.a.", 4, "the path ends after '.'"),
    ("$..a", 1, "'..' (search at every depth) is not supported"),
    ("$.[0]", 1, "no '.' before '['"),
    ("$. a", 2, "expected a name after '.', not ' '"),
    ("$.a b", 3, "expected '.' or '[' here, not ' '"),
    ("$.a 한", 3, "expected '.' or '[' here, not ' '"),
    ("$.1", 2, "a name after '.' does not begin with a digit"),
    ("$.2xx", 2, "a name after '.' does not begin with a digit"),
    ("$.-1", 2, "a name after '.' does not begin with '-'"),
    ("$.count()", 2, "the one function of a path is 'length()'"),
    ("$.length(1)", 2, "the one function of a path is 'length()'"),
    ("$.length().x", 10, "'.length()' ends a path"),
    ("$.length()[0]", 10, "'.length()' ends a path"),
    ("$[", 1, "this '[' is never closed"),
    ("$.a[0", 3, "this '[' is never closed"),
    ("$['a'", 1, "this '[' is never closed"),
    ("$[]", 2, "expected an index, a name in quotes or '*' after '[', not ']'"),
    ("$[a]", 2, "expected an index, a name in quotes or '*' after '[', not 'a'"),
    ("$[한]", 2, "expected an index, a name in quotes or '*' after '[', not '한'"),
    ("$['a]", 2, "this quote is never closed"),
    ("$['a\\", 4, "the path ends inside an escape"),
    ("$['\\x']", 3, "an unknown escape"),
    ("$['\\u12']", 3, "'\\u' needs four hexadecimal digits"),
    ("$['\\ud800']", 3, "this escape is half of a surrogate pair"),
    ("$['\\ud800\\u0041']", 3, "this escape is half of a surrogate pair"),
    ("$['a'b]", 5, "expected ']' here, not 'b'"),
    ("$[01]", 2, "an index has no leading zero"),
    ("$[-0]", 2, "an index from the end begins at -1"),
    ("$[-]", 3, "expected digits after '-'"),
    ("$[1:2]", 3, "slices are not supported"),
    ("$[1,2]", 3, "lists of indices or names are not supported"),
    ("$[?(@.a)]", 2, "filters are not supported"),
    ("$[12345678901234567]", 2, "this index is too large"),
  ]

  @Test("what is no path is refused, with the place", arguments: refused)
  func refuses(_ text: String, _ offset: Int, _ message: String) {
    do throws(JSONPathError) {
      let path = try JSONPath(text)
      Issue.record("compiled to \(path.segments)")
    } catch {
      #expect(error.offset == offset)
      #expect(error.message == message)
    }
  }

  static let document = """
    {"a": {"b": [10, 20, {"c": null}]}, "items": [{"id": 1}, {"x": 0}, {"id": 3}], "s": "한😀e\u{301}", "k": 1, "k": 2,
     "e": [], "o": {"p": 1, "q": {"id": 9}}, "n": 5}
    """

  static let evaluated: [(String, [JSONValue])] = [
    ("$.a.b[0]", [10]),
    ("$.a.b[-1].c", [.null]),
    ("$.a.b[-3]", [10]),
    ("$.a.b[-4]", []),
    ("$.a.b[3]", []),
    ("$.a[0]", []),
    ("$.a.b.c", []),
    ("$.missing.b", []),
    ("$.n.x", []),
    ("$.items[*].id", [1, 3]),
    ("$.items[*]['x']", [0]),
    ("$.o.*", [1, ["id": 9]]),
    ("$.o.*.id", [9]),
    ("$[*][*].id", [1, 3, 9]),
    ("$.n[*]", []),
    ("$.e[*]", []),
    ("$.k", [2]),
    ("$.items.length()", [3]),
    ("$.items[*].length()", [1, 1, 1]),
    ("$.o.length()", [2]),
    ("$.e.length()", [0]),
    ("$.s.length()", [4]),
    ("$.n.length()", []),
    ("$.a.b[2].c.length()", []),
  ]

  @Test("paths find what they say, the first of it, and the same without a tree", arguments: evaluated)
  func evaluates(_ text: String, _ expected: [JSONValue]) throws {
    let path = try JSONPath(text)
    let document = try JSONValue(parsing: Self.document)
    #expect(path.all(in: document) == expected)
    #expect(path.first(in: document) == expected.first)
    #expect(path.isPlural == text.contains("*"))
    let found = Array(Self.document.utf8).withUnsafeBytes { JSONScanner.find(path, in: $0)?.value }
    #expect(found == path.first(in: try JSONValue(parsing: Self.document, keepingNumbers: true)))
  }

  @Test("a key is found by its code points, not by how they look")
  func codePoints() throws {
    let document = try JSONValue(parsing: "{\"e\u{301}\": 1}")
    #expect(try JSONPath("$.e\u{301}").first(in: document) == 1)
    #expect(try JSONPath("$.\u{E9}").first(in: document) == nil)
  }
}
