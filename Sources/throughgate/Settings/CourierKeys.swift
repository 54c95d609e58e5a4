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

    /// What can be judged by its form; whether it may be sent to is judged with the other settings.
    static func isWebhook(_ text: String) -> Bool { (try? WebhookAddress(text, allowsPrivate: true)) != nil }

    /// Where alerts go: a webhook with its secret, an address where e-mail is set up.
    static func alerts(
        _ value: (String) -> String, hasMail: Bool, allowsPrivate: Bool
    ) throws -> AlertSettings {
        var alerts = AlertSettings(runbooks: value("alerts.runbooks"))
        let (url, file) = (value("alerts.webhook"), value("alerts.webhookSecretFile"))
        guard url.isEmpty == file.isEmpty else {
            throw SettingProblem(
                key: file.isEmpty ? "alerts.webhookSecretFile" : "alerts.webhook",
                remedy: "is missing: a webhook and the secret that signs for it belong together")
        }
        if !url.isEmpty {
            guard let secret = try password(file, of: "alerts.webhookSecretFile").flatMap(WebhookSecret.init) else {
                throw SettingProblem(
                    key: "alerts.webhookSecretFile", remedy: "must hold whsec_ and base64 of 24 to 64 bytes")
            }
            guard let address = try? WebhookAddress(url, allowsPrivate: allowsPrivate) else {
                throw SettingProblem(
                    key: "alerts.webhook",
                    remedy: "is plain http or a private address; those need webhooks.allowPrivateAddresses: true")
            }
            alerts.webhook = AlertSettings.Webhook(address: address, secret: secret)
        }
        guard !value("alerts.email").isEmpty else { return alerts }
        guard hasMail else {
            throw SettingProblem(key: "alerts.email", remedy: "needs mail.sendmail or mail.relay")
        }
        alerts.email = MailAddress(value("alerts.email"))
        return alerts
    }

    /// nil when neither a program nor a relay is named.
    static func mail(_ value: (String) -> String) throws -> MailSettings? {
        let (program, relay) = (value("mail.sendmail"), value("mail.relay"))
        guard !program.isEmpty || !relay.isEmpty else { return nil }
        guard program.isEmpty || relay.isEmpty else {
            throw SettingProblem(key: "mail.relay", remedy: "is given beside mail.sendmail; keep one of them")
        }
        let authorities = value("mail.tls.authoritiesFile")
        guard authorities.isEmpty || !relay.isEmpty else {
            throw SettingProblem(
                key: "mail.tls.authoritiesFile", remedy: "belongs to mail.relay; a sendmail program trusts by its own")
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
            let secret = try password(value("mail.passwordFile"), of: "mail.passwordFile")
            guard (secret == nil) == value("mail.user").isEmpty else {
                throw SettingProblem(
                    key: "mail.user", remedy: "mail.user and mail.passwordFile belong together; give both or none")
            }
            way = .relay(
                MailRelay(
                    host: address.host, port: address.port, user: secret.map { _ in value("mail.user") },
                    password: secret,
                    // Who names authorities wants to be asked for them, on this machine too.
                    protection: authorities.isEmpty ? .unlessLocal : .always,
                    trustedCertificates: authorities.isEmpty ? nil : authorities))
        } else {
            way = .sendmail(program)
        }
        return MailSettings(
            way: way, from: from, publicURL: publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL)
    }

    /// One trailing line end is not part of it.
    private static func password(_ path: String, of key: String) throws -> String? {
        guard !path.isEmpty else { return nil }
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= 4_096,
            let text = String(validating: bytes, as: UTF8.self)
        else { throw SettingProblem(key: key, remedy: "must name a file of text that can be read") }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}

extension Settings {
    /// What webhooks and e-mail are told.
    func couriers() -> CourierSettings {
        CourierSettings(
            allowsPrivateAddresses: allowsPrivateWebhooks, mail: mail, alerts: alerts,
            trustedCertificates: webhookAuthorities)
    }
}
