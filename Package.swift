// swift-tools-version: 6.2
import PackageDescription

// One target per stage, in the order in which data flows; a stage depends only on stages above it (ARCHITECTURE.md).

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let libdeflate = Target.Dependency.target(name: "CLibdeflate", condition: .when(traits: ["Libdeflate"]))

/// A stage under Sources/Forensics and its tests under Tests.
func stage(_ name: String, uses: [String], _ libraries: [Target.Dependency] = []) -> Target {
    .target(
        name: "Forensics\(name)",
        dependencies: uses.map { .target(name: "Forensics\($0)") } + libraries,
        path: "Sources/Forensics/\(name)",
        swiftSettings: settings)
}

/// The tests of a stage; they may use every stage above it as well.
func tests(_ name: String, uses: [String]) -> Target {
    .testTarget(
        name: "Forensics\(name)Tests", dependencies: uses.map { .target(name: "Forensics\($0)") },
        path: "Tests/Forensics\(name)Tests", swiftSettings: settings)
}

let maxMind = Target.Dependency.target(name: "CMaxMind", condition: .when(traits: ["MaxMind"]))
let cloud: TargetDependencyCondition? = .when(traits: ["Cloud"])

let stages = [
    stage("Model", uses: []),
    stage("Ingest", uses: ["Model"], ["CZlib", libdeflate]),
    stage("Capture", uses: ["Model"], ["CPcap"]),
    stage("Decode", uses: ["Model"], ["CByteMarks"]),
    stage("Track", uses: ["Model", "Decode"], ["CPrefetch"]),
    stage("Analyze", uses: ["Model"]),
    stage("Store", uses: ["Model"], [grdb, "CBulkRows"]),
    stage("Compare", uses: ["Model"]),
    stage("Report", uses: ["Model", "Compare"]),
    stage(
        "Cloud", uses: ["Model"],
        [
            .product(name: "AsyncHTTPClient", package: "async-http-client", condition: cloud),
            .product(name: "NIOCore", package: "swift-nio", condition: cloud),
            .product(name: "NIOHTTP1", package: "swift-nio", condition: cloud),
            .product(name: "Crypto", package: "swift-crypto", condition: cloud),
        ]),
]
let stageNames = stages.map { String($0.name.dropFirst("Forensics".count)) }

let package = Package(
    name: "lbforensics",
    products: [.executable(name: "lbforensics", targets: ["lbforensics"])],
    traits: [
        .default(enabledTraits: ["Cloud"]),
        .trait(
            name: "Cloud",
            description: "What talks to AWS: `ingest s3://`, publishing. Needs HTTP, TLS and cryptography packages."),
        .trait(
            name: "Libdeflate",
            description: "Inflates whole gzip files with libdeflate, about twice as fast as zlib. Needs libdeflate-dev."
        ),
        .trait(
            name: "MaxMind",
            description: "Networks and countries of clients with `--mmdb FILE`. Needs libmaxminddb-dev."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    ],
    targets: stages + [
        .systemLibrary(name: "CZlib", path: "Sources/CZlib"),
        .systemLibrary(name: "CLibdeflate", path: "Sources/CLibdeflate"),
        .systemLibrary(name: "CPcap", path: "Sources/CPcap"),
        .systemLibrary(name: "CMaxMind", path: "Sources/CMaxMind", pkgConfig: "libmaxminddb"),
        .target(name: "CByteMarks", path: "Sources/CByteMarks"),
        .target(name: "CPrefetch", path: "Sources/CPrefetch"),
        .target(name: "CBulkRows", path: "Sources/CBulkRows", linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(
            name: "ForensicsQueries", path: "Queries", exclude: ["README.md", "VIEWS.md", "JSON.md", "lake"],
            resources: [.embedInCode("sql")], swiftSettings: settings),
        .target(
            name: "ForensicsLakeQueries", path: "Queries/lake", exclude: ["README.md"],
            resources: ["tables", "facts", "aggregates", "questions"].map { .embedInCode($0) },
            swiftSettings: settings),
        .target(
            name: "Forensics",
            dependencies: stages.map { .target(name: $0.name) } + [
                "ForensicsQueries", "ForensicsLakeQueries", maxMind,
            ],
            path: "Sources/Forensics",
            exclude: stageNames,
            swiftSettings: settings),
        .executableTarget(
            name: "lbforensics",
            dependencies: ["Forensics", argumentParser],
            path: "Sources/lbforensics",
            packageAccess: false,
            swiftSettings: settings),
        .executableTarget(
            name: "lbforensics-sampledata", dependencies: ["CZlib"], path: "Sources/lbforensics-sampledata",
            swiftSettings: settings),
        // What tests of several targets use.
        .target(
            name: "ForensicsTestSupport", dependencies: ["ForensicsModel", "ForensicsCompare"], path: "Tests/Support",
            swiftSettings: settings),
        tests("Model", uses: ["Model"]),
        tests("Ingest", uses: ["Model", "Ingest"]),
        tests("Capture", uses: ["Model", "Capture"]),
        tests("Decode", uses: ["Model", "Decode"]),
        tests("Track", uses: ["Model", "Decode", "Track"]),
        tests("Analyze", uses: ["Model", "Analyze", "TestSupport"]),
        tests("Store", uses: ["Model", "Store"]),
        tests("Compare", uses: ["Model", "Compare", "TestSupport"]),
        tests("Report", uses: ["Model", "Compare", "Report", "TestSupport"]),
        tests("Cloud", uses: ["Cloud"]),
        .testTarget(
            name: "ForensicsTests",
            dependencies: ["Forensics", "ForensicsTestSupport"] + stages.map { .target(name: $0.name) },
            path: "Tests/ForensicsTests", swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6])
