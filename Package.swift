// swift-tools-version: 6.2
import PackageDescription

// The arrows of the house: a target sees only what it names here.
// docs/architecture.md says what each one is for.

let strict: [SwiftSetting] = [
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// An async function stays where its caller is: no hop, which costs some 250 instructions, on the way of a request.
/// (Not for all: Swift 6.3 miscompiles such a function with a generic result, as in EventLoop, in debug builds.)
let staying: [SwiftSetting] = [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = []
) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict + settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource] = []
) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: [.byName(name: name)] + dependencies,
    exclude: exclude,
    resources: resources,
    swiftSettings: strict)
}

let package = Package(
  name: "stampede",
  products: [
    .executable(name: "stampede", targets: ["stampede"])
  ],
  targets: [
    .systemLibrary(
      name: "CLibcurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .target(name: "CLinux"),

    library("EventLoop", ["CLinux"]),
    library("JSON"),
    library("HTTPMessage"),
    library("Measurement", ["JSON"]),
    library("Load"),
    library("RegularExpressions"),
    library("Scenario", ["JSON", "Load", "RegularExpressions"]),
    library("HTTPClient", ["CLibcurl", "CLinux", "HTTPMessage", "EventLoop"]),
    library(
      "Engine",
      [
        "Scenario", "Load", "HTTPClient", "HTTPMessage", "Measurement", "EventLoop", "JSON", "RegularExpressions",
        "CLinux",
      ],
      settings: staying),
    library("Verdict", ["Measurement", "Scenario", "Load", "JSON"]),
    library("Report", ["Verdict", "Measurement", "Scenario", "JSON"]),
    library("ReferenceServer", ["HTTPMessage", "JSON", "EventLoop", "CLinux"], settings: staying),
    .executableTarget(
      name: "stampede",
      dependencies: ["Engine", "Verdict", "Report", "ReferenceServer", "Scenario", "Measurement", "JSON"],
      swiftSettings: strict),

    tests("HTTPMessage", [], resources: [.copy("Corpus")]),
    tests("ReferenceServer", ["HTTPMessage", "JSON", "EventLoop", "CLinux"]),
    tests("EventLoop", []),
    tests("HTTPClient", ["CLibcurl", "CLinux", "EventLoop", "HTTPMessage"]),
    tests("JSON", [], resources: [.copy("Corpus"), .copy("Paths")]),
    tests("Measurement", ["JSON"]),
    tests("Verdict", ["Measurement", "Scenario", "Load", "JSON"]),
    tests("Report", ["Verdict", "Measurement", "Scenario", "Load", "JSON"], exclude: ["Golden"]),
    tests("Load", []),
    tests("RegularExpressions", [], resources: [.copy("Corpus")]),
    tests("Scenario", ["JSON", "Load", "HTTPClient"], exclude: ["Golden"], resources: [.copy("Corpus")]),
    tests(
      "Engine",
      ["Scenario", "Load", "HTTPClient", "Measurement", "Verdict", "EventLoop", "JSON", "ReferenceServer"]),
  ]
)
