import HTTPMessage
import Testing

@Suite("Errors")
struct HTTPMessageErrorTests {
  @Test("every error has a description of its own, and a status that a server may answer with")
  func described() {
    let all: [HTTPMessageError] = HTTPMessageError.allCases
    #expect(Set(all.map(\.description)).count == all.count)
    #expect(all.allSatisfy { (400...599).contains($0.responseStatus) })
    #expect(HTTPMessageError.headTooLarge.responseStatus == 431)
    #expect(HTTPMessageError.unsupportedVersion.responseStatus == 505)
    #expect(HTTPMessageError.missingHost.responseStatus == 400)
    #expect(HTTPMessageError.bareLineFeed.name == "bareLineFeed")
  }

  @Test("every error is produced by some row of the tables or has a test of its own")
  func covered() {
    var seen: Set<HTTPMessageError> = Set(
      (Refusal.requests + Refusal.responses + Refusal.chunks + Refusal.fields("")).map(\.error))
    seen.formUnion(HTTPWriterTests.requestRows.map(\.error))
    // In LimitTests.
    seen.formUnion([.headTooLarge, .tooManyHeaders, .chunkLineTooLong, .trailersTooLarge, .tooManyInterimResponses])
    #expect(Set(HTTPMessageError.allCases).subtracting(seen).isEmpty)
  }
}
