import JSON
import Testing

@testable import Scenario

@Suite struct MaskedSourceTests {
  static let text = """
    { name: 'a', target: 'http://127.0.0.1:1', // see http://me:s3cret@there
      client: { proxy: 'http://me:s3cret@there:1', headers: { Authorization: 'Bearer s3cret', 'X-Plain': 'plain' } },
      traffic: { rush: { load: { burst: 1 }, steps: [
        { name: 'sign-in', post: '/token', json: { password: 12345, user: 'me' }, capture: { token: '$.t' } },
        { name: 'get', get: '/', headers: { Cookie: 'SID=${token}', 'Proxy-Authorization': "Basic ${token}" } },
        { name: 'user', get: 'http://[::1]:1/users/me@example.com' } ] } },
      profiles: { token: { client: { headers: { 'x-api-key': 's3cret-2' } } } } }
    """

  private func read(_ source: SourceText) -> (Scenario?, [Diagnostic]) {
    let (scenario, diagnostics) = ScenarioReader.read(source)
    return (scenario, diagnostics)
  }

  @Test("what a scenario says under secret names is not in its copy, which reads as it does")
  func copy() throws {
    let source = SourceText(name: "a.json5", Self.text)
    let masked = MaskedSource.text(source)
    let text = String(decoding: masked.bytes, as: UTF8.self)
    #expect(!text.contains("s3cret") && !text.contains("12345"))
    #expect(text.contains("see http://me:***@there") && text.contains("'X-Plain': 'plain'"))
    #expect(text.contains("'SID=${token}'") && text.contains("\"Basic ${token}\""))
    let original = try #require(read(source).0)
    let copy = try #require(read(masked).0, "\(read(masked).1)")
    #expect(copy.traffic[0].steps.map(\.headers.count) == original.traffic[0].steps.map(\.headers.count))
    #expect(copy.client.proxy == "http://me:***@there:1")
    #expect(original.client.shownProxy == copy.client.proxy)
    // The file's own are apart from what is secret whoever the target is.
    #expect(original.secrets == ["s3cret"])
    #expect(original.literalSecrets == ["12345", "Bearer s3cret", "s3cret", "s3cret-2"])
  }

  @Test(
    "the cells of a column with a secret name are secret, however its rows are written",
    arguments: [
      ("{ columns: ['user', 'password'], list: [['al', 's3cret'], ['bo', 12]] }", "[['al', '***'], ['bo', '***']] }"),
      (
        "{ list: [['s3cret', 'al']], columns: ['Token', 'user'] }",
        "{ list: [['***', 'al']], columns: ['Token', 'user'] }"
      ),
      ("{ columns: ['password'], list: ['s3cret'] }", "list: ['***'] }"),
      (
        "{ columns: ['user', 'password'], list: [{ password: 's3cret', user: 'al' }] }",
        "[{ password: '***', user: 'al' }] }"
      ),
      ("{ columns: ['user', 'place'], list: [['al', 'here']] }", "[['al', 'here']] }"),
    ])
  func columns(data: String, expected: String) throws {
    let masked = MaskedSource.text(
      SourceText(
        name: "a.json5",
        "{ name: 'a', data: { who: \(data) }, traffic: { r: { load: { burst: 1 }, steps: [{ get: '/' }] } } }"))
    #expect(String(decoding: masked.bytes, as: UTF8.self).contains(expected + " }, traffic"))
    #expect(read(masked).0 != nil, "\(read(masked).1)")
  }

  @Test(
    "of a text that is no JSON5 no string and no value of a secret name is shown, nor a word of these in a complaint",
    arguments: [
      (
        "{ headers: { Authorization: 'Bearer s3cret', 'X-API-Key': 's3cret' 'oops' } }",
        "{ headers: { Authorization: '*************', 'X-API-Key': '******'*'****'*} }"
      ),
      (
        "{ headers: {\n Authorization: 'Bearer s3cret,\n 'X-Key': 1",
        "{ headers: {\n Authorization: '**************\n 'X-Key': 1"
      ),
      ("{ note: 'x, Authorization: 'Bearer s3cret', b: 'y' }", "{ note: '******************'************************"),
      ("{ password: s3cret, users: 1 }", "{ password: ******, users: 1 }"),
      ("{ password: s3cret and 's3cret' s3cret\n, users: 1 0", "{ password: ***********'******'*******\n, users: 1 0"),
      ("{ 'pass\\\nword': \"a\\\"s3cret\" \"", "{ 'pass\\\nword': \"*********\"*\""),
      ("{ text: 'a\\\n s3cret' oops", "{ text: '**\n*******' ****"),
      ("{ load: { users: 1O } }", "{ load: { users: 1O } }"), ("{ a: s3\\", "{ a: s3\\"), ("{ a: '\\", "{ a: '*"),
    ])
  func unreadable(text: String, shown: String) {
    let source = SourceText(name: "a.json5", text)
    let masked = MaskedSource.text(source, keepsPlaces: true)
    #expect(String(decoding: masked.bytes, as: UTF8.self) == shown)
    let diagnostics = ScenarioReader.read(source).diagnostics
    #expect(!diagnostics.isEmpty)
    for diagnostic in diagnostics {
      #expect(!MaskedSource.text(of: diagnostic, in: source, shown: masked).contains("s3cret"))
    }
  }

  @Test("wherever a text is cut off, it is shown with all places where they were")
  func cut() {
    for count in 0..<Self.text.utf8.count {
      let source = SourceText(name: "a.json5", bytes: Array(Self.text.utf8.prefix(count)))
      let masked = MaskedSource.text(source, keepsPlaces: true)
      #expect(masked.bytes.count == count)
      for diagnostic in JSONReader.read(source).diagnostics {
        #expect(!MaskedSource.text(of: diagnostic, in: source, shown: masked).contains("Bearer s3"))
      }
    }
  }

  @Test("places in the text stay where they were where that is asked for")
  func places() {
    let source = SourceText(name: "a.json5", Self.text)
    let masked = MaskedSource.text(source, keepsPlaces: true)
    #expect(masked.bytes.count == source.bytes.count)
    #expect(zip(source.bytes, masked.bytes).allSatisfy { $0 == $1 || $1 == UInt8(ascii: "*") })
    #expect(!String(decoding: masked.bytes, as: UTF8.self).contains("s3cret"))
  }

  @Test("to the bundled server only passwords of URLs are secret, also where the text is no JSON5")
  func bundled() {
    let masked = MaskedSource.text(SourceText(name: "a.json5", Self.text), byName: false)
    let text = String(decoding: masked.bytes, as: UTF8.self)
    #expect(text.contains("'Bearer s3cret'") && !text.contains("me:s3cret"))
    let broken = MaskedSource.text(SourceText(name: "a.json5", "{ proxy: 'http://me:s3cret@there, "))
    #expect(String(decoding: broken.bytes, as: UTF8.self) == "{ proxy: '***")
  }

  @Test(
    "a secret is looked for by itself too, as it stands after a scheme or in a cookie, and decoded",
    arguments: [
      ("client.headers.authorization", "Bearer s3cret", ["Bearer s3cret", "s3cret"]),
      ("client.headers.cookie", "a=first; b=second", ["a=first; b=second", "b=second", "first", "second"]),
      ("client.proxy", "http://me:p%40ss%3a@there", ["p%40ss%3a", "p@ss:"]),
      ("client.headers.x-api-key", "abc", []), ("client.headers.x-note", "plain", []),
    ])
  func forms(path: String, value: String, expected: [String]) throws {
    let text = "{ name: 'a', traffic: { r: { load: { burst: 1 }, steps: [{ get: '/' }] } }, client: { headers: {} } }"
    let (scenario, diagnostics) = ScenarioReader.read(
      SourceText(name: "a.json5", text), options: ReadOptions(overrides: [(path, value)]))
    #expect(try #require(scenario, "\(diagnostics)").secrets == expected.sorted())
  }

  @Test(
    "a proxy may have its password from the environment, encoded, or be from there altogether",
    arguments: [
      ("http://me:${env.PASSWORD}@there:1", "http://me:p%40%3A%2F%C3%BC@there:1", "http://me:***@there:1"),
      ("${env.URL}", "http://you:s3cret@there", "***"), ("http://${env.HOST}:1", "http://there:1", "http://***:1"),
      ("${env.HOST}:1", "http://there:1", "http://***:1"), ("there:1", "http://there:1", "http://there:1"),
      ("me:${env.PASSWORD}@there:1", "http://me:p%40%3A%2F%C3%BC@there:1", "http://me:***@there:1"),
      ("http://me:s3/cret@there:1", "http://me:s3/cret@there:1", "***"),
    ])
  func proxy(written: String, used: String, shown: String) throws {
    let environment = ["PASSWORD": "p@:/ü", "URL": "http://you:s3cret@there", "HOST": "there"]
    let (scenario, diagnostics) = ScenarioReader.read(
      SourceText(
        name: "a.json5",
        "{ name: 'a', traffic: { r: { load: { burst: 1 }, steps: [{ get: '/' }] } }, client: { proxy: '\(written)' } }"),
      options: ReadOptions(environment: { environment[$0] }))
    let client = try #require(scenario, "\(diagnostics)").client
    #expect(client.proxy == used)
    #expect(client.shownProxy == shown)
  }

  @Test(
    "a proxy from an environment that whoever reads a run again has not is none, but an error to who runs it",
    arguments: ["${env.PROXY}", "${env.PROXY}:3128", "http://${env.PROXY}:3128", "http://me:${env.PROXY}@there"])
  func proxyOfAnother(written: String) throws {
    let source = SourceText(
      name: "a.json5",
      "{ name: 'a', traffic: { r: { load: { burst: 1 }, steps: [{ get: '/' }] } }, client: { proxy: '\(written)' } }")
    let (scenario, diagnostics) = ScenarioReader.read(source, options: ReadOptions(isForReview: true))
    #expect(try #require(scenario, "\(diagnostics)").client.proxy == nil)
    #expect(ScenarioReader.read(source).scenario == nil)
  }
}
