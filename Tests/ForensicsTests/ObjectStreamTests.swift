import Forensics
import ForensicsIngest
import Foundation
import Synchronization
import Testing

/// Objects that come in parts are read as if they were files.
@Suite struct ObjectStreamTests {
    /// A store whose bytes follow from their place, slow at random places that are the same in every run.
    final class Store: ObjectStorage {
        let asked = Mutex<[Range<UInt64>]>([])
        let broken: String?

        init(broken: String? = nil) { self.broken = broken }

        static func byte(_ place: UInt64) -> UInt8 { UInt8(truncatingIfNeeded: place &* 31 &+ place >> 9) }

        func read(_ object: RemoteObject, _ range: Range<UInt64>) throws(IngestError) -> [UInt8] {
            asked.withLock { $0.append(range) }
            if object.path == broken, range.lowerBound > 0 {
                throw IngestError(.unavailable, path: object.path, problem: "is gone", remedy: "wait")
            }
            if range.lowerBound / 1024 % 3 == 1 { Thread.sleep(forTimeInterval: 0.002) }
            return range.map(Self.byte)
        }
    }

    static func objects(_ sizes: [UInt64]) -> [RemoteObject] {
        sizes.enumerated().map { RemoteObject(path: "s3://b/\($0.offset)", size: $0.element, tag: "t") }
    }

    static func readAll(_ stream: ObjectStream, step: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: step + 3)
        while true {
            let count = stream.read(into: &buffer, at: 3, upTo: step)
            if count <= 0 { return bytes }
            bytes += buffer[3..<3 + count]
        }
    }

    @Test(arguments: [1, 2, 4]) func `several readers get every byte of every object`(readers: Int) throws {
        let sizes: [UInt64] = [0, 1, 5000, 600_000, 524_288, 524_289, 3_000_000, 7, 1_500_000, 0, 900_000]
        let objects = Self.objects(sizes)
        let pool = DownloadPool(storage: Store(), stop: StopFlag())
        let ahead = FetchAhead(objects, pool: pool, memory: 1 << 20, readers: readers)
        let next = Mutex(0)
        let sums = Mutex<[Int: [UInt8]]>([:])
        DispatchQueue.concurrentPerform(iterations: readers) { _ in
            while true {
                let index = next.withLock { value in
                    defer { value += 1 }
                    return value
                }
                guard index < objects.count else { return }
                let stream = ahead.open(index)
                // A first look, as for telling what it is, then all of it.
                var look = [UInt8](repeating: 0, count: 1000)
                _ = stream.read(into: &look, at: 0, upTo: 1000)
                stream.rewind()
                let bytes = Self.readAll(stream, step: 100_003)
                sums.withLock { $0[index] = bytes }
            }
        }
        for (index, size) in sizes.enumerated() {
            #expect(sums.withLock { $0[index] } == (0..<size).map(Store.byte), "object \(index)")
        }
        pool.close()
        pool.join()
    }

    @Test func `an object that breaks off says why, and the others are read`() throws {
        let objects = Self.objects([700_000, 700_000])
        let pool = DownloadPool(storage: Store(broken: "s3://b/0"), stop: StopFlag())
        let ahead = FetchAhead(objects, pool: pool, memory: 1 << 20, readers: 1)
        let broken = ahead.open(0)
        broken.rewind()
        #expect(Self.readAll(broken, step: 65536).count == 524_288)
        #expect(broken.failure?.code == .unavailable)
        let whole = ahead.open(1)
        whole.rewind()
        #expect(Self.readAll(whole, step: 65536).count == 700_000)
        #expect(whole.failure == nil)
        pool.close()
        pool.join()
    }

    @Test func `no more is fetched ahead than the budget allows`() throws {
        let store = Store()
        let objects = Self.objects([UInt64](repeating: 400_000, count: 50))
        let pool = DownloadPool(storage: store, stop: StopFlag())
        let ahead = FetchAhead(objects, pool: pool, memory: 1 << 20, readers: 1)
        for index in objects.indices {
            let stream = ahead.open(index)
            stream.rewind()
            #expect(Self.readAll(stream, step: 65536).count == 400_000)
            // What was asked for and is not used up is two objects and the one that was read.
            let asked = store.asked.withLock { $0.count }
            #expect(asked <= index + 3)
        }
        #expect(store.asked.withLock { $0.count } == 50)
        pool.close()
        pool.join()
    }

    @Test func `a stop ends the waiting`() throws {
        final class Silent: ObjectStorage {
            let end = Atomic<Bool>(false)
            func read(_ object: RemoteObject, _ range: Range<UInt64>) throws(IngestError) -> [UInt8] {
                while !end.load(ordering: .relaxed) { Thread.sleep(forTimeInterval: 0.01) }
                return []
            }
        }
        let (storage, stop) = (Silent(), StopFlag())
        let pool = DownloadPool(storage: storage, stop: stop)
        let ahead = FetchAhead(Self.objects([10]), pool: pool, memory: 1 << 20, readers: 1)
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.05) { stop.request() }
        let stream = ahead.open(0)
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(stream.read(into: &buffer, at: 0, upTo: 10) < 0)
        #expect(stream.failure?.code == .unavailable)
        storage.end.store(true, ordering: .relaxed)
        pool.close()
        pool.join()
    }
}
