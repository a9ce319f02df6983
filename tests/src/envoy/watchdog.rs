//! Ends Envoy when this process ends in a way that runs no destructors.

use std::process::{Child, Command, Stdio};

/// A shell that waits for the end of its standard input, which is the end of this process.
///
/// The death signal of Linux would follow the thread that started Envoy instead, and needs unsafe code.
pub(super) struct Watchdog {
    shell: Option<Child>,
}

const SCRIPT: &str = "trap '' INT TERM HUP; read -r _; kill -9 \"$1\" 2>/dev/null";

impl Watchdog {
    /// Without a shell there is no watchdog; Envoy runs all the same.
    pub(super) fn over(pid: u32) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh", &pid.to_string()]);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self {
            shell: command.spawn().ok(),
        }
    }
}

impl Drop for Watchdog {
    /// Ends the shell before its input closes, so that it kills nobody.
    fn drop(&mut self) {
        if let Some(shell) = &mut self.shell {
            // It may have ended already.
            let _ = shell.kill();
            let _ = shell.wait();
        }
    }
}
