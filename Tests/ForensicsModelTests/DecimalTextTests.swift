import ForensicsModel
import Testing

@Suite struct DecimalTextTests {
    @Test(arguments: [
        (0, "0"), (999, "999"), (1000, "1,000"), (-1000, "-1,000"), (-999, "-999"), (1_234_567, "1,234,567"),
        (.max, "9,223,372,036,854,775,807"), (.min, "-9,223,372,036,854,775,808"),
    ]) func `a comma stands after every third digit from the right`(value: Int64, text: String) {
        #expect(DecimalText.grouped(value) == text)
    }

    @Test func `the largest unsigned number is grouped as well`() {
        #expect(DecimalText.grouped(UInt64.max) == "18,446,744,073,709,551,615")
    }
}
