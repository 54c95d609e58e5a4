import Foundation
import Gateway

/// The settings of webhooks and e-mail.
enum CourierKeys {
    /// `https://host`, `http://host:port` for a machine of one's own.
    static func isPublicURL(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), parts.scheme == "https" || parts.scheme == "http",
            parts.host?.isEmpty == false, parts.user == nil, parts.query == nil, parts.fragment == nil
        else { return false }
        return ["", "/"].contains(parts.path) && text.utf8.allSatisfy { (33...126).contains($0) }
    }

    /// Host and port of `smtp://host:port`.
    static func relay(_ text: String) -> ListenAddress? {
        text.hasPrefix("smtp://") ? ListenAddress(String(text.dropFirst("smtp://".count))) : nil
    }

    /// nil when neither a program nor a relay is named.
    static func mail(_ value: (String) -> String) throws -> MailSettings? {
        let (program, relay) = (value("mail.sendmail"), value("mail.relay"))
        guard !program.isEmpty || !relay.isEmpty else { return nil }
        guard program.isEmpty || relay.isEmpty else {
            throw SettingProblem(key: "mail.relay", remedy: "is given beside mail.sendmail; keep one of them")
        }
        guard let from = MailAddress(value("mail.from")) else {
            throw SettingProblem(key: "mail.from", remedy: "is missing: e-mail needs the address that it comes from")
        }
        let publicURL = value("http.publicURL")
        guard !publicURL.isEmpty else {
            throw SettingProblem(
                key: "http.publicURL",
                remedy: "is missing: e-mail says where the inbox is, https://handovers.example.org")
        }
        let way: MailSettings.Way
        if let address = CourierKeys.relay(relay) {
            let secret = try password(value("mail.passwordFile"))
            guard (secret == nil) == value("mail.user").isEmpty else {
                throw SettingProblem(
                    key: "mail.user", remedy: "mail.user and mail.passwordFile belong together; give both or none")
            }
            way = .relay(
                MailRelay(
                    host: address.host, port: address.port, user: secret.map { _ in value("mail.user") },
                    password: secret))
        } else {
            way = .sendmail(program)
        }
        return MailSettings(
            way: way, from: from, publicURL: publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL)
    }

    /// One trailing line end is not part of it.
    private static func password(_ path: String) throws -> String? {
        guard !path.isEmpty else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= 4_096,
            let text = String(validating: bytes, as: UTF8.self)
        else { throw SettingProblem(key: "mail.passwordFile", remedy: "must name a file of text that can be read") }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

extension Settings {
    /// What webhooks and e-mail are told.
    func couriers() -> CourierSettings {
        CourierSettings(allowsPrivateAddresses: allowsPrivateWebhooks, mail: mail)
    }
}
