/// Totals by bucket. At most `bucketLimit` buckets; facts of further ones are refused and counted by the caller.
package struct TotalsTable: Sendable {
    private var indices: [BucketKey: Int] = [:]
    private(set) package var buckets: [BucketKey] = []
    package var totals: [TrafficTotals] = []
    /// The bucket of the latest lookup and its neighbours: by the low bits of the key, (key, index).
    private var recent = [(key: BucketKey, index: Int)](
        repeating: (BucketKey(rawValue: .max), 0), count: 16)
    private let bucketLimit: Int

    package init(bucketLimit: Int) { self.bucketLimit = bucketLimit }

    /// Forgets all buckets, keeps the memory.
    package mutating func removeAll() {
        indices.removeAll(keepingCapacity: true)
        buckets.removeAll(keepingCapacity: true)
        totals.removeAll(keepingCapacity: true)
        for index in recent.indices { recent[index].key = BucketKey(rawValue: .max) }
    }

    /// Returns the place of a bucket in `totals`, or `nil` if the table is full.
    @inline(__always)
    package mutating func index(of bucket: BucketKey) -> Int? {
        let cached = recent[Int(bucket.rawValue & 15)]
        return cached.key == bucket ? cached.index : indexSlowly(bucket)
    }

    @inline(never)
    private mutating func indexSlowly(_ bucket: BucketKey) -> Int? {
        let index: Int
        if let known = indices[bucket] {
            index = known
        } else {
            guard buckets.count < bucketLimit else { return nil }
            index = buckets.count
            buckets.append(bucket)
            totals.append(TrafficTotals())
            indices[bucket] = index
        }
        recent[Int(bucket.rawValue & 15)] = (bucket, index)
        return index
    }

    /// The places in `totals` in order of bucket.
    package var ordered: [Int] { buckets.indices.sorted { buckets[$0] < buckets[$1] } }
}
