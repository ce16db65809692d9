import ForensicsCapture
import ForensicsModel
import ForensicsStore

/// The case that a capture fills: a unit for each of its sources, what is stored of it, what is removed.
///
/// Once the case cannot be written any more it is left as it is: the capture goes on without it, and ends with the error.
final class LiveCase {
    private let path: String
    private let vantage: String
    private let fingerprint: String
    private let sampleRate: UInt32
    private let note: (String) -> Void
    private let store: CaseStore
    private let writer: LiveWriter
    private var retention: StoreRetention
    private var unit: UnitHandle?
    /// Whether the case could not be written at some time, and why.
    private(set) var hasFailed = false
    private var failure: StoreError?

    /// Opens the case; what captures before have left half done is put in order.
    ///
    /// - Parameters:
    ///   - vantage: what the capture point is called where the request has no name for it.
    ///   - notes: takes lines of the storing thread.
    init(
        path: String, _ request: CaptureRequest, _ options: CaptureOptions, vantage: String, notes: NoteQueue,
        note: @escaping (String) -> Void
    ) throws(ForensicsError) {
        self.path = path
        self.vantage = request.vantage ?? vantage
        fingerprint = options.fingerprint(request)
        sampleRate = options.interface.sample.rate
        self.note = note
        do throws(StoreError) {
            store = try CaseStore(path: path, access: .create)
            if let text = store.lostIndexes { note(text) }
            try store.salvageLiveUnits()
            try store.removePartialUnits()
        } catch {
            throw ForensicsError(error)
        }
        retention = StoreRetention(keep: options.storeKeep, size: options.storeSize)
        writer = LiveWriter(
            store: store, selection: RowSelection(choice: request.rows ?? .all), note: { notes.put($0) })
    }

    /// What the facts of the source at hand are numbered under; 0 before the first.
    var ordinal: UInt32 { unit?.ordinals.first ?? 0 }

    /// Whether there is a source at hand that can be written.
    var isWritable: Bool { unit != nil && !hasFailed }

    /// Whether the case has the first source of a run.
    func holds(run: String) throws(ForensicsError) -> Bool {
        do throws(StoreError) {
            return try !store.sources(unitKey: LiveSource.path(run: run, number: 1)).isEmpty
        } catch {
            throw ForensicsError(error)
        }
    }

    /// Begins a source.
    func begin(_ source: String) throws(ForensicsError) {
        guard !hasFailed else { return }
        do throws(StoreError) {
            unit = try store.beginUnit(
                UnitDescription(
                    key: source, kind: .live, vantage: vantage, options: fingerprint,
                    sources: [SourceDescription(path: source, bytes: nil, sampleRate: sampleRate)]))
        } catch {
            throw ForensicsError(error)
        }
    }

    /// Stores facts, but for rows that are not kept: those are gone from the batch after it.
    func write(_ facts: inout FactBatch) {
        if !hasFailed, !writer.write(&facts) { fail() }
    }

    /// Stores what was counted since the checkpoint before, and removes what is too old at a time.
    func checkpoint(_ result: UnitResult, replacesFindings: Bool, at now: Timestamp) {
        guard isWritable else { return }
        if !writer.checkpoint(result, replacesFindings: replacesFindings) || !retention.apply(at: now, writer) {
            fail()
        }
    }

    /// Marks the source at hand as complete, and removes what is too old at a time.
    func finish(_ result: UnitResult, at now: Timestamp) {
        guard let unit, !hasFailed else { return }
        if !writer.finish(unit, result) || !retention.apply(at: now, writer) { fail() }
        self.unit = nil
    }

    /// Waits until everything is stored.
    ///
    /// - Throws: the first error of storing.
    func close() throws(ForensicsError) {
        if !hasFailed { end() }
        if let failure { throw ForensicsError(failure) }
    }

    /// Ends what stores, and lets go of the case.
    private func end() {
        do throws(StoreError) { try writer.close() } catch { failure = error }
        // There may be room again for a word of why it ends here; else the next who writes the case says so.
        if failure != nil { _ = try? store.salvageLiveUnits("the case could not be written any more") }
        store.close()
    }

    private func fail() {
        hasFailed = true
        // At once: whoever makes room, or has moved the case, may go on with it.
        end()
        note(
            "\(failure.map(\.message) ?? "\(path): cannot be written any more.") The capture goes on without the case.")
    }
}
