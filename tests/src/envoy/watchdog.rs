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

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    fn sleeper() -> std::io::Result<Child> {
        Command::new("sleep").arg("1000").spawn()
    }

    #[test]
    fn the_end_of_this_process_ends_the_other() {
        let mut child = sleeper().unwrap();
        let mut watchdog = Watchdog::over(child.id());
        // The system closes the pipe in the same way when the process dies.
        drop(watchdog.shell.as_mut().unwrap().stdin.take());
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }

    #[test]
    fn a_watchdog_that_is_dismissed_kills_nobody() {
        let mut child = sleeper().unwrap();
        drop(Watchdog::over(child.id()));
        assert_eq!(child.try_wait().unwrap(), None);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
