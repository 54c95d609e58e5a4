/// When a session should plan its statements anew.
///
/// A prepared statement keeps the plan of its first use. One made while a table was empty, right after an `analyze`,
/// takes every index for equally cheap and may read the whole of one for each batch from then on. So plans are made
/// anew whenever this session has doubled what it wrote to one of the tables: it costs next to nothing, and keeps pace
/// with tables that grow.
struct PlanAge {
    private var written: [Int] = []
    private var planned: [Int] = []

    /// Rows that make a plan worth another look; below it any plan is quick.
    private static let rowsMin = 256

    /// Takes note of rows written, one number a table and always in one order; whether plans are to be made anew.
    mutating func wrote(_ rows: [Int]) -> Bool {
        if written.isEmpty {
            written = rows.map { _ in 0 }
            planned = written
        }
        for index in rows.indices { written[index] += rows[index] }
        let isOutgrown = rows.indices.contains { written[$0] > max(2 * planned[$0], PlanAge.rowsMin) }
        if isOutgrown { planned = written }
        return isOutgrown
    }
}
