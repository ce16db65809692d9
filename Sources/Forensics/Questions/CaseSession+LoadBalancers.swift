import ForensicsModel
import ForensicsStore

extension CaseSession {
    /// Names that are told where one is not held.
    private static let toldNames = 8

    /// Refuses the name of a load balancer that no row of the case has: that nothing was found there would be taken for an answer.
    func checkLoadBalancers() throws(ForensicsError) {
        let wanted = filter.loadBalancers.filter { !$0.isNegated && IPNetwork($0.text) == nil }.map(\.text)
        // Of rows that were not kept nobody knows whose they were.
        guard !wanted.isEmpty, !sources.isEmpty, Self.rows(of: sources + unfinished) == .all else { return }
        let names: Set<String>
        do throws(StoreError) { names = try store.loadBalancers() } catch { throw ForensicsError(error) }
        guard
            let missing = wanted.first(where: { name in !names.contains { FactFilter.isLoadBalancer($0, named: name) } }
            )
        else { return }
        throw ForensicsError(
            .data, "--load-balancer \(missing): there is no such load balancer; \(Self.there(names, missing)).")
    }

    /// What the case has, the most alike first.
    private static func there(_ names: Set<String>, _ missing: String) -> String {
        if names.isEmpty { return "no evidence names any, give addresses" }
        func likeness(_ name: String) -> Int {
            let parts = name.split(separator: "/").map(String.init) + [name]
            return parts.map { zip($0.lowercased(), missing.lowercased()).prefix { $0 == $1 }.count }.max() ?? 0
        }
        let ordered = names.sorted { left, right in
            let (a, b) = (likeness(left), likeness(right))
            return a != b ? a > b : left < right
        }
        let rest = names.count > toldNames ? " and \(names.count - toldNames) more, see `top load-balancer`" : ""
        return "there is \(ordered.prefix(toldNames).joined(separator: ", "))\(rest)"
    }
}
