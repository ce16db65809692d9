#if Cloud
    import Foundation

    /// How often and after how long something is tried again. Waits grow and differ between subjects, so that many
    /// requests that were refused together do not come back together.
    package struct RetryPolicy: Sendable {
        /// Tries altogether.
        package var attempts: Int
        /// Seconds before the second try, at most.
        package var firstDelay: Double
        /// Seconds between two tries, at most.
        package var longestDelay: Double

        package init(attempts: Int = 8, firstDelay: Double = 0.2, longestDelay: Double = 5) {
            self.attempts = attempts
            self.firstDelay = firstDelay
            self.longestDelay = longestDelay
        }

        /// Seconds to wait before the try after `failures` failed ones: between half and all of what doubling gives.
        package func delay(after failures: Int, subject: String) -> Double {
            let full = min(longestDelay, firstDelay * Double(1 << min(max(0, failures - 1), 20)))
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325 &+ UInt64(failures)
            for byte in subject.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            return full * (0.5 + 0.5 * Double(hash >> 40) / Double(1 << 24))
        }

        /// Waits on the calling thread; ends early when `isStopped` says so.
        package static func wait(_ seconds: Double, isStopped: () -> Bool) {
            var left = seconds
            while left > 0, !isStopped() {
                let step = min(left, 0.05)
                Thread.sleep(forTimeInterval: step)
                left -= step
            }
        }
    }
#endif
