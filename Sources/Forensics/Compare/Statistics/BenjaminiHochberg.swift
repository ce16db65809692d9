/// The step-up procedure that bounds the expected share of false discoveries.
///
/// Benjamini and Hochberg, J. R. Statist. Soc. B 57 (1995), 289–300.
package enum BenjaminiHochberg {
    /// Returns the adjusted p-value of each input, in the order of the input.
    ///
    /// A hypothesis is rejected at false discovery rate q where its adjusted value is at most q.
    package static func adjusted(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] != values[$1] ? values[$0] < values[$1] : $0 < $1 }
        var result = [Double](repeating: 1, count: values.count)
        var smallest = 1.0
        for rank in stride(from: order.count, through: 1, by: -1) {
            let index = order[rank - 1]
            smallest = min(smallest, values[index] * Double(values.count) / Double(rank))
            result[index] = smallest
        }
        return result
    }

    /// Returns the largest p-value that is rejected at a false discovery rate; below every p-value where none is.
    package static func threshold(_ values: [Double], rate: Double) -> Double {
        zip(values, adjusted(values)).reduce(-1) { $1.1 <= rate ? max($0, $1.0) : $0 }
    }
}
