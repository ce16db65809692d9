import ArgumentParser
import Forensics

/// How AWS is reached.
struct CloudCommandOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Profile of the shared AWS files. Default: the environment, as for the AWS tools.", valueName: "name"))
    var profile: String?

    @Option(help: ArgumentHelp("AWS region. Default: that of environment, profile or instance.", valueName: "region"))
    var region: String?

    @Option(
        name: .customLong("endpoint-url"),
        help: ArgumentHelp("A service with the same API instead of AWS's.", valueName: "url"))
    var endpoint: String?

    /// As the library takes them.
    var options: CloudOptions {
        var options = CloudOptions()
        options.profile = profile
        options.region = region
        options.endpoint = endpoint
        return options
    }
}
