import Foundation

/// Stacked bars, one below the other, as an SVG with its figures as text.
struct BarPlot {
    let title: String
    /// What each part of a bar is.
    let parts: [String]
    var about = ""
    private var bars: [(name: String, values: [Double], note: String)] = []

    init(title: String, parts: [String], about: String = "") {
        self.title = title
        self.parts = parts
        self.about = about
    }

    /// - Parameter note: stands behind the bar.
    mutating func add(_ name: String, _ values: [Double], _ note: String) { bars.append((name, values, note)) }

    var svg: String {
        let widest = bars.map { $0.values.reduce(0, +) }.max() ?? 1
        var svg = """
            <svg xmlns="http://www.w3.org/2000/svg" width="640" height="\(bars.count * 44 + 70)"
                font-family="sans-serif" font-size="13" role="img">
            <title>\(title)</title><rect width="100%" height="100%" fill="#fff"/>

            """
        for (index, bar) in bars.enumerated() {
            let y = 20 + index * 44
            svg += "<text x=\"10\" y=\"\(y + 19)\">\(bar.name)</text>\n"
            var x = 120.0
            for (value, colour) in zip(bar.values, BarPlot.colours) {
                let width = value / widest * 420
                svg += String(
                    format: "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"28\" fill=\"%@\"/>\n", x, y, width,
                    colour)
                x += width
            }
            svg += String(
                format: "<text x=\"%.1f\" y=\"%d\">%@</text>\n", min(x + 6, 545), y + 19, bar.note)
        }
        let y = 20 + bars.count * 44
        for (index, name) in parts.enumerated() {
            let x = 120 + index * 180
            svg += "<rect x=\"\(x)\" y=\"\(y)\" width=\"12\" height=\"12\" fill=\"\(BarPlot.colours[index])\"/>"
            svg += "<text x=\"\(x + 18)\" y=\"\(y + 11)\">\(name)</text>\n"
        }
        return svg + "<text x=\"10\" y=\"\(y + 36)\" fill=\"#555\">\(about)</text>\n</svg>\n"
    }

    private static let colours = ["#1d70b8", "#85994b", "#b1b4b6"]
}
