/// What rows tell of the requests of logs.
package enum RequestRows: Sendable, Equatable {
    /// All that the evidence does.
    case whole
    /// What `CaseStore.scanTraces` hands out, of which long connections are pieced together.
    case traces
}
