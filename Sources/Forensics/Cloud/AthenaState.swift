#if Cloud
    /// Where a query of Athena stands; a running one may be queued again.
    package enum AthenaState: String, Sendable {
        case queued = "QUEUED"
        case running = "RUNNING"
        case succeeded = "SUCCEEDED"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
    }
#endif
