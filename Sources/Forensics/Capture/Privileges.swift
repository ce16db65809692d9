import Foundation

/// The rights of this process.
package enum Privileges {
    /// Becomes another user for good: root is needed to open the interface alone. Who is that user stays it.
    package static func drop(to name: String) throws(CaptureError) {
        // SAFETY: the entry is valid until the next call of its kind; two numbers are copied at once. The name is bridged for the
        // calls.
        guard let entry = unsafe getpwnam(name) else {
            throw CaptureError(.system, "--user \(name): there is no such user; name another.")
        }
        let (user, group) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
        if user == geteuid() { return }
        guard geteuid() == 0 else {
            throw CaptureError(
                .permission, "--user \(name): root alone can become another user; run it as root, or leave it out.")
        }
        guard unsafe initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0, user == 0 || setuid(0) != 0
        else {
            throw CaptureError(
                .permission, "--user \(name): the change of user was refused; leave it out, or name another.")
        }
    }
}
