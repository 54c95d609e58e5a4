import Foundation
import LocalServers
import Testing

@Suite("local servers: a small volume")
struct SmallVolumeTests {
    /// Where mounting is not permitted, nothing may be left behind.
    @Test func itFillsToTheLastByteAndIsGoneWithItsFolder() throws {
        let folder = try ServerFolder.fresh("volume-test")
        defer { folder.discard() }
        guard let volume = SmallVolume.mount(in: folder, mebibytes: 8) else {
            let left = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            #expect(left.filter { $0 != "owner" && $0 != "volume-folder" } == [])
            return
        }
        let file = URL(fileURLWithPath: volume.path).appendingPathComponent("file")
        try Data(count: 1 << 20).write(to: file)
        #expect(volume.fill() > 6 << 20)
        #expect(throws: (any Error).self) { try Data(count: 1 << 20).write(to: file.appendingPathExtension("more")) }
        volume.empty()
        try Data(count: 1 << 20).write(to: file.appendingPathExtension("more"))
        folder.discard()
        #expect(!FileManager.default.fileExists(atPath: volume.path))
    }
}
