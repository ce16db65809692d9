import Foundation

/// The rights of this process.
package enum Privileges {
    /// Becomes another user for good: root is needed to open the interface alone.
    package static func drop(to name: String) throws(CaptureError) {
        guard geteuid() == 0 else { return }
        // SAFETY: the entry is valid until the next call of its kind; two numbers are copied at once. The name is bridged for the
        // calls.
        guard let entry = unsafe getpwnam(name) else {
            throw CaptureError(.system, "--user \(name): there is no such user.")
        }
        let (user, group) = unsafe (entry.pointee.pw_uid, entry.pointee.pw_gid)
        guard unsafe initgroups(name, group) == 0, setgid(group) == 0, setuid(user) == 0, user == 0 || setuid(0) != 0
        else { throw CaptureError(.permission, "--user \(name): the change of user was refused.") }
    }
}
