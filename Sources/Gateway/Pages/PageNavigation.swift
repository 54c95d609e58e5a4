/// What the navigation offers to whom: one line a page.
enum PageNavigation {
    private static let entries: [(text: String, path: String, audience: Audience)] = [
        ("Now", "/", .counts),
        ("Handovers", "/inbox", .recipients),
        ("Kit at the gate", "/gate", .prisons),
        ("Tasks", "/inbox/tasks", .taskReaders),
        ("People at risk", "/people-at-risk", .counts),
        ("Tasks", "/tasks", .counts),
        ("Rejected", "/rejected", .counts),
        ("Lag", "/lag", .counts),
        ("Worklist", "/worklist", ReportDoor.prisonsAndOps),
        ("Governor", "/governor", ReportDoor.countsAndPrisons),
        ("Flow", "/flow", .counts),
        ("Audit", "/audit", .ops),
    ]

    /// - Parameter path: of the page that is shown; its entry, or the one it lies below, is marked.
    static func links(for viewer: Viewer, at path: String) -> [PageLink] {
        var links = entries.filter { $0.audience.admits(viewer) }.map { PageLink(text: $0.text, path: $0.path) }
        let around = links.indices.filter { path == links[$0].path || path.hasPrefix(links[$0].path + "/") }
        if let here = around.max(by: { links[$0].path.count < links[$1].path.count }) { links[here].isHere = true }
        return links
    }
}
